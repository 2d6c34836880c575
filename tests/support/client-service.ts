import { createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { type FaultServer, type ServiceFault, startFaultServer } from '../../tools/harness/fault-server.ts';
import { createHttpService, type ServiceRequest } from '../../tools/harness/http-service.ts';
import { createService } from '../../tools/harness/service.ts';
import { createTestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { plainPasswords, UNTHROTTLED } from './plain-passwords.ts';
import { postOf } from './posts.ts';

export const PASSWORD = 'correct horse battery staple';
/** The lifetime of a token, in seconds. */
export const LIFETIME_S = 300;

/** The service over HTTP, with a clock and faults. */
export interface ClientService {
  readonly url: string;
  /** The requests so far, such as `POST /api/token/`. */
  readonly requests: ServiceRequest[];
  /** The time of the service, in milliseconds since 1970. */
  now: number;
  faultOf: (request: ServiceRequest) => ServiceFault;
  /** Creates a user and returns the username. */
  createUser(): Promise<string>;
  disable(username: string): Promise<boolean>;
  delete(username: string): Promise<boolean>;
  /** Replaces the settings of the service. */
  configure(settings: NonNullable<Parameters<typeof createService>[1]>['settings']): void;
  close(): Promise<void>;
}

/** Starts the service with a list of three posts. */
export async function startClientService(): Promise<ClientService> {
  const table = await createTestTable();
  const clock = () => service.now;
  const create = (settings: NonNullable<Parameters<typeof createService>[1]>['settings'] = {}) =>
    createService(table, {
      clock,
      allowedOrigins: ['*'],
      passwords: plainPasswords,
      throttling: UNTHROTTLED,
      settings: { lifetimeSeconds: LIFETIME_S, ...settings },
    });
  let functions = create();
  const respond = createHttpService(clock);
  const posts = createPostRepository(table);
  for (const pk of [1, 2, 3]) await posts.put(postOf({ pk, publishedAt: `2019-06-0${pk}T15:00:01` }));
  const users = createUserRepository(table);
  let ids = 0;
  let server: FaultServer | undefined;
  const service: ClientService = {
    url: '',
    requests: [],
    now: Date.UTC(2026, 3, 9),
    faultOf: () => 'none',
    createUser: async () => {
      ids += 1;
      const username = `user-${ids}`;
      await users.create(userOf({ id: ids, username, password: PASSWORD }));
      return username;
    },
    disable: (username) => users.disable(username, Math.floor(service.now / 1000)),
    delete: (username) => users.delete(username),
    configure: (settings) => {
      functions = create(settings);
    },
    close: async () => {
      await server?.close();
      await table.remove();
    },
  };
  server = await startFaultServer({
    clock,
    execute: (request) => respond(functions, request),
    faultOf: (request) => {
      service.requests.push(request);
      return service.faultOf(request);
    },
  });
  return Object.assign(service, { url: server.url });
}
