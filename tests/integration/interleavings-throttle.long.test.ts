import { setImmediate } from 'node:timers/promises';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocumentClient, type Table } from '../../lib/dynamodb/client.ts';
import { networkFailuresKey, usernameFailuresKey } from '../../lib/dynamodb/keys.ts';
import { UnavailableError } from '../../lib/errors.ts';
import type { ThrottleSettings } from '../../lib/throttling/throttle.ts';
import { createThrottle } from '../../lib/wiring.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';

const NOW = 1_800_000_000;
const PERIOD = { failures: 99, seconds: 900 };
const MAX_RETRIES = 2;
/** Turns of the event loop to wait for the next call of an actor; more if a call is expected. */
const MIN_TURNS = 8;
const MAX_TURNS = 200;

type Kind = 'wrong' | 'right' | 'unavailable';
type Step = { readonly actor: number; readonly call: number; readonly isLost: boolean };

/** A call of an actor that waits for its turn. */
interface Pending {
  readonly actor: number;
  /** Its index among the calls of the actor. */
  readonly call: number;
  go(isLost: boolean): Promise<void>;
}

/** The state of the SDK between the attempts of one call. */
const retryToken = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 });

let table: TestTable;
let world: World;
let histories = 0;
const clients: Table['client'][] = [];
beforeAll(async () => {
  table = await createTestTable();
  clients.push(createClient(0), createClient(1));
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await table.remove();
});

/** Creates the client of an actor. Each attempt waits for its turn, and retries do not pause. */
function createClient(actor: number): Table['client'] {
  const client = createDocumentClient({ region: 'local', endpoint: table.endpoint });
  client.config.retryStrategy = async () => ({
    mode: 'standard',
    acquireInitialRetryToken: async () => retryToken(0),
    refreshRetryTokenForRetry: async (token, { errorType }) => {
      const count = token.getRetryCount() + 1;
      if (errorType !== 'TRANSIENT' || count > MAX_RETRIES) throw new Error('no further attempt');
      return retryToken(count);
    },
    recordSuccess: () => {},
  });
  client.middlewareStack.add((next) => (args) => world.make(actor, () => next(args)), {
    step: 'finalizeRequest',
    priority: 'low',
    name: 'turn',
  });
  return client;
}

const tableOf = (actor: number): Table => ({ client: clients[actor] ?? table.client, name: table.name });

/** Two attempts with one username from one network, each with its own client. Their calls are executed one at a time. */
class World {
  readonly pending: Pending[] = [];
  readonly results: string[] = [];
  readonly #username: string;
  readonly #address: string;
  readonly #settings: ThrottleSettings;
  readonly #device: string | undefined;
  /** The number of calls of each actor. */
  readonly #calls: number[] = [];
  /** The responses that each actor has received. */
  readonly #seen: string[][] = [[], []];
  #open = 0;
  #wake = () => {};

  /** @param device the session of the token that both attempts present; the account knows it */
  constructor(settings: ThrottleSettings, device: string | undefined) {
    histories += 1;
    this.#settings = settings;
    this.#device = device;
    this.#username = `user-${histories}`;
    this.#address = `10.${histories >> 16}.${(histories >> 8) & 255}.${histories & 255}`;
  }

  /** Counts failures before the attempts start. */
  async fail(times: number): Promise<void> {
    for (let count = 0; count < times; count += 1) await this.#attempt(table, 'wrong');
  }

  async begin(kinds: readonly Kind[]): Promise<void> {
    this.#open = kinds.length;
    kinds.forEach((kind, actor) => {
      this.#attempt(tableOf(actor), kind).then((result) => {
        this.results[actor] = result;
        this.#open -= 1;
        this.#wake();
      });
    });
    await this.#settle(() => kinds.every((_, actor) => this.#callsOf(actor) === 1));
  }

  async take({ actor, call, isLost }: Step): Promise<void> {
    const index = this.pending.findIndex((one) => one.actor === actor && one.call === call);
    const [pending] = this.pending.splice(index, 1);
    if (pending === undefined) throw new Error(`actor ${actor} has made no call ${call}`);
    const before = this.#callsOf(actor);
    await pending.go(isLost);
    // A lost call is retried, except for those that are sent only once. An attempt without a result makes another call.
    const due = Math.max(1, before + (isLost ? 1 : 0));
    await this.#settle(() => this.results[actor] !== undefined || this.#callsOf(actor) >= due);
  }

  #callsOf(actor: number): number {
    return this.pending.filter((one) => one.actor === actor).length;
  }

  /** The next call of each actor. The calls of one actor are executed in order. */
  next(): Pending[] {
    const first = new Map(this.pending.toReversed().map((one) => [one.actor, one]));
    return [...first.values()];
  }

  /** The state that determines the future. */
  async state(): Promise<string> {
    const waiting = this.pending.map(({ actor, call }) => `${actor}.${call}`).sort();
    return JSON.stringify([waiting, this.#seen, this.results, await this.counts()]);
  }

  async counts() {
    const read = async (Key: { pk: string }) =>
      (await table.client.send(new GetCommand({ TableName: table.name, Key, ConsistentRead: true }))).Item;
    const log = await read(usernameFailuresKey(this.#username));
    const network = await read(
      networkFailuresKey({ network: this.#address, endSeconds: NOW + PERIOD.seconds }),
    );
    const size = (members: unknown) => (members instanceof Set ? members.size : 0);
    return {
      network: Number(network?.failures ?? 0),
      consecutive: size(log?.consecutive),
      recent: size(log?.recent),
    };
  }

  async #attempt(on: Table, kind: Kind): Promise<string> {
    const throttle = createThrottle({
      table: on,
      settings: { throttle: this.#settings },
      clock: () => NOW * 1000,
    });
    const result = await throttle
      .attempt(
        { username: this.#username, address: this.#address, device: this.#device },
        {
          find: async () => undefined,
          recognize: () => ({ network: false, device: this.#device !== undefined }),
          check: async () => {
            if (kind === 'unavailable') throw new UnavailableError({});
            return kind === 'right' ? { kind, value: kind } : { kind, refusal: kind };
          },
        },
      )
      .catch((error: unknown) => ({ kind: String(error) }));
    if ('forget' in result) await result.forget();
    return result.kind;
  }

  /** Executes a call of an actor. */
  async make<Answer extends { output: unknown }>(
    actor: number,
    call: () => Promise<Answer>,
  ): Promise<Answer> {
    const number = this.#calls[actor] ?? 0;
    this.#calls[actor] = number + 1;
    const isLost = await this.#turn(actor, number);
    const see = (response: unknown) => this.#seen[actor]?.push(`${number} ${isLost ? 'lost' : response}`);
    try {
      const response = await call();
      see(JSON.stringify(sizesOf(response.output)));
      if (!isLost) return response;
    } catch (error) {
      see(error);
      if (!isLost) throw error;
    } finally {
      this.#made();
    }
    throw Object.assign(new Error('the answer is lost'), { name: 'TimeoutError' });
  }

  #made = () => {};

  #turn(actor: number, call: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.pending.push({
        actor,
        call,
        go: (isLost) =>
          new Promise((made) => {
            this.#made = made;
            resolve(isLost);
          }),
      });
      this.#wake();
    });
  }

  /** Waits until the actors have made all calls that do not depend on pending responses. */
  async #settle(isDue: () => boolean): Promise<void> {
    for (let turn = 0; turn < MIN_TURNS || (!isDue() && turn < MAX_TURNS); turn += 1) await setImmediate();
  }
}

/** Returns the sizes of the sets that an update returned. */
function sizesOf(output: unknown): unknown {
  return JSON.parse(
    JSON.stringify(output, (name, value) =>
      name === 'SS' ? value.length : name === '$metadata' || name === 'expires' ? undefined : value,
    ),
  );
}

/** Runs every order of the calls of two attempts, with at most one lost response, and checks the final state of each. */
async function explore(
  {
    settings,
    before,
    kinds,
    device,
  }: {
    readonly settings: ThrottleSettings;
    readonly before: number;
    readonly kinds: readonly Kind[];
    readonly device?: string | undefined;
  },
  check: (world: World, wasLost: boolean) => Promise<void>,
): Promise<number> {
  const seen = new Set<string>();
  let ends = 0;
  const open: Step[][] = [[]];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    world = new World(settings, device);
    await world.fail(before);
    await world.begin(kinds);
    for (const step of path) await world.take(step);
    const wasLost = path.some(({ isLost }) => isLost);
    const state = `${wasLost} ${await world.state()}`;
    if (!seen.has(state)) {
      seen.add(state);
      if (world.pending.length === 0) {
        ends += 1;
        await check(world, wasLost);
      }
      // Which of two equal attempts makes the first call makes no difference.
      const isMirrored = path.length === 0 && new Set(kinds).size === 1;
      for (const { actor, call } of isMirrored ? world.next().slice(0, 1) : world.next()) {
        open.push([...path, { actor, call, isLost: false }]);
        if (!wasLost) open.push([...path, { actor, call, isLost: true }]);
      }
    }
  }
  return ends;
}

const settingsWith = (given: Partial<ThrottleSettings>): ThrottleSettings => ({
  pair: PERIOD,
  network: PERIOD,
  accountFailures: 99,
  ...given,
});

describe('two concurrent attempts, in every interleaving of their calls, with at most one lost response', () => {
  it.each([undefined, 'a-known-device'])(
    'are released exactly once if they end without a result, from the device %s',
    async (device) => {
      const kinds: Kind[] = ['unavailable', 'unavailable'];
      const history = { settings: settingsWith({}), before: 2, kinds, device };
      const ends = await explore(history, async (world, wasLost) => {
        const counts = await world.counts();
        expect(counts).toMatchObject({ consecutive: 2, recent: 2 });
        expect(counts.network).toBeGreaterThanOrEqual(2);
        expect(counts.network).toBeLessThanOrEqual(wasLost && device === undefined ? 3 : 2);
      });
      expect(ends).toBeGreaterThan(1);
    },
    LONG_TEST_MS,
  );

  it.each<[string, Partial<ThrottleSettings>, string?]>([
    ['username and network', { pair: { failures: 2, seconds: 900 } }],
    ['network', { network: { failures: 2, seconds: 900 } }],
    ['username', { accountFailures: 2 }],
    ['known device', { pair: { failures: 2, seconds: 900 } }, 'a-session'],
    ['known device, by consecutive failures,', { accountFailures: 2 }, 'a-session'],
  ])(
    'check no more wrong passwords than the limit of the %s allows, and count each one',
    async (_, given, device) => {
      const kinds: Kind[] = ['wrong', 'wrong'];
      await explore({ settings: settingsWith(given), before: 1, kinds, device }, async (world, wasLost) => {
        const tried = world.results.filter((result) => result === 'wrong').length;
        expect(tried).toBeLessThanOrEqual(1);
        const counts = await world.counts();
        expect(counts).toMatchObject({ consecutive: 1 + tried, recent: 1 + tried });
        expect(counts.network).toBeGreaterThanOrEqual(1 + tried);
        if (!wasLost) expect(counts.network).toBe(1 + tried);
      });
    },
    LONG_TEST_MS,
  );

  it.each([undefined, 'a-known-device'])(
    'keep counting a wrong password unless a correct one follows it, from the device %s',
    async (device) => {
      const kinds: Kind[] = ['wrong', 'right'];
      await explore({ settings: settingsWith({}), before: 1, kinds, device }, async (world, wasLost) => {
        expect(world.results).toEqual(kinds);
        const counts = await world.counts();
        expect(counts.consecutive).toBeLessThanOrEqual(1);
        expect(counts.recent).toBe(counts.consecutive);
        expect(counts.network).toBeGreaterThanOrEqual(2);
        expect(counts.network).toBeLessThanOrEqual(wasLost ? 3 : 2);
      });
    },
    LONG_TEST_MS,
  );
});
