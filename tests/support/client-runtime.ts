import { createClient, type Fetch, type LoginStorage, type Runtime } from '../../client/src/index.ts';
import { memory } from '../../client/src/storage/memory.ts';
import type { ClientService } from './client-service.ts';

/** A pause of at least this many milliseconds is a time limit, which the tests do not reach. */
const TIME_LIMIT_MS = 30_000;

interface PhoneOptions {
  readonly storage?: LoginStorage;
  /** How far the clock of the phone is ahead, in milliseconds. */
  readonly ahead?: number;
  readonly fetch?: Fetch;
  readonly locks?: Runtime['locks'];
  readonly device?: string;
}

/** Creates a client whose pauses advance the clock of the service instead of taking time. */
export function createPhone(
  service: ClientService,
  { storage = memory(), ahead = 0, fetch = globalThis.fetch, locks, device }: PhoneOptions = {},
) {
  const runtime: Runtime = {
    now: () => service.now + ahead,
    random: () => 0.5,
    setTimer: (milliseconds, run) => {
      if (milliseconds >= TIME_LIMIT_MS) return () => {};
      const timer = setImmediate(() => {
        service.now += milliseconds;
        run();
      });
      return () => clearImmediate(timer);
    },
    locks,
  };
  const client = createClient<Fetch>({
    baseUrl: service.url,
    storage,
    fetch,
    runtime,
    ...(device === undefined ? {} : { device }),
  });
  const events: unknown[] = [];
  client.onChange((event) => events.push(event.type === 'storage' ? event.problem.operation : event));
  return { client, events, storage };
}

/** A `fetch` as that of a browser that calls another origin: it does not show the header `Date`. */
export const fetchWithoutDate: Fetch = async (url, init) => {
  const response = await fetch(url, init);
  return {
    ok: response.ok,
    status: response.status,
    headers: { get: (name) => (name.toLowerCase() === 'date' ? null : response.headers.get(name)) },
    text: () => response.text(),
  };
};
