import { setTimeout as delay } from 'node:timers/promises';
import type { Table } from '../../lib/dynamodb/client.ts';
import { KeySet } from '../../lib/tokens/key-set.ts';
import { createUserRepository } from '../../lib/wiring.ts';
import type { HttpResponse } from '../../local/gateway/response.ts';
import type { ServiceFault } from '../harness/fault-server.ts';
import { createHttpService, type ServiceRequest } from '../harness/http-service.ts';
import { createService, type RULES, tokenOf } from '../harness/service.ts';
import { cheapHash, userOf } from '../harness/users.ts';
import { holds } from '../kit/check.ts';
import { PATHS } from '../kit/client.ts';

const PASSWORD = 'correct horse battery staple';
const OTHER_SECRET = new TextEncoder().encode('the secret after the change, thirty-two bytes or more');
const POLL_MS = 20;
/** How long the client must send nothing before the clock advances, in milliseconds. */
const QUIET_MS = 150;
/** How long the kit waits for a request of the client, in milliseconds. */
const PATIENCE_MS = 20_000;

/** A request of the client under test. */
interface SeenRequest {
  readonly path: string;
  /** By the monotonic clock, in milliseconds. */
  readonly at: number;
}

/** The service of one scenario: a user, a clock, faults, and the requests of the client. */
export class Bench {
  readonly username: string;
  readonly password = PASSWORD;
  readonly requests: SeenRequest[] = [];
  faultOf: (request: ServiceRequest) => ServiceFault = () => 'none';
  /** How far the clock of the service is ahead of that of this machine, in milliseconds. */
  #ahead = 0;
  /** When a request was last received or executed, by the monotonic clock, in milliseconds. */
  #activeAt = 0;
  /** How many requests were executed, by their path. */
  readonly #executed = new Map<string, number>();
  readonly #table: Table;
  readonly #execute: ReturnType<typeof createHttpService>;
  #functions: ReturnType<typeof createService>;
  #settings: Partial<typeof RULES>;

  private constructor(table: Table, username: string, settings: Partial<typeof RULES>) {
    this.#table = table;
    this.username = username;
    this.#settings = settings;
    this.#execute = createHttpService(() => this.now());
    this.#functions = this.#create();
  }

  /** Creates the service with a new user. */
  static async create(table: Table, id: number, settings: Partial<typeof RULES>): Promise<Bench> {
    const bench = new Bench(table, `user-${id}`, settings);
    const user = userOf({ id, username: bench.username, password: cheapHash(PASSWORD) });
    await createUserRepository(table).create(user);
    return bench;
  }

  #create() {
    return createService(this.#table, {
      clock: () => this.now(),
      allowedOrigins: ['*'],
      settings: this.#settings,
    });
  }

  /** The clock of the service, in milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Advances the clock of the service. A negative number sets it back. */
  pass(seconds: number): void {
    this.#ahead += seconds * 1000;
  }

  /** Returns the fault of a request of the client, and records the request. */
  receive(request: ServiceRequest): ServiceFault {
    this.#activeAt = performance.now();
    this.requests.push({ path: pathOf(request), at: this.#activeAt });
    return this.faultOf(request);
  }

  async execute(request: ServiceRequest): Promise<HttpResponse> {
    const response = await this.#execute(this.#functions, request);
    this.#activeAt = performance.now();
    const path = pathOf(request);
    this.#executed.set(path, (this.#executed.get(path) ?? 0) + 1);
    return response;
  }

  /** The requests of the client to refresh. */
  get refreshes(): readonly SeenRequest[] {
    return this.requests.filter(({ path }) => path === PATHS.refresh);
  }

  get logins(): number {
    return this.requests.filter(({ path }) => path === PATHS.obtain).length;
  }

  /** Injects a fault into the next refreshes. */
  failRefreshes(fault: ServiceFault, count = 1): void {
    const first = this.refreshes.length;
    this.faultOf = (request) =>
      pathOf(request) === PATHS.refresh && this.refreshes.length <= first + count ? fault : 'none';
  }

  /**
   * Waits until the client sends nothing, and advances the clock. The client may refresh in the background: its request must
   * arrive before the clock passes the end of the token.
   */
  async passQuietly(seconds: number): Promise<void> {
    while (performance.now() - this.#activeAt < QUIET_MS) await delay(POLL_MS);
    this.pass(seconds);
  }

  /** Waits until the service has executed a refresh. */
  async refreshed(): Promise<void> {
    const giveUp = performance.now() + PATIENCE_MS;
    while ((this.#executed.get(PATHS.refresh) ?? 0) === 0) {
      holds(performance.now() < giveUp, `the client sent no refresh within ${PATIENCE_MS / 1000} seconds`);
      await delay(POLL_MS);
    }
  }

  /** Ends the session of the client, from another device of the user. */
  async endSession(): Promise<void> {
    const login = await this.#functions.post('obtain', { username: this.username, password: PASSWORD });
    const authorization = `JWT ${tokenOf(login)}`;
    const { status } = await this.#functions.call('sessions', 'DELETE', authorization, {
      path: PATHS.sessions,
    });
    holds(status === 204, `the session could not be ended: ${status}`);
  }

  /** Replaces the secret, as after a leak: all tokens become invalid. */
  changeSecret(): void {
    this.#settings = { ...this.#settings, keys: new KeySet({ algorithm: 'HS256', secret: OTHER_SECRET }) };
    this.#functions = this.#create();
  }
}

const pathOf = ({ target }: ServiceRequest): string => target.replace(/\?.*/, '').replace(/\/*$/, '/');
