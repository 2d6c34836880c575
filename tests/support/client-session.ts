import { type ClientOptions, createClient, type Fetch, type FetchResponse } from '../../client/src/index.ts';
import { memory } from '../../client/src/storage/memory.ts';

/** A request of a session, and its response. */
export interface Exchange {
  readonly request: string;
  /** Undefined if there was no response. */
  readonly response:
    | { readonly status: number; readonly headers: Record<string, string>; readonly body: string }
    | undefined;
}

/**
 * Uses the client as an app does, and returns what the app sees. It is the same on each engine: time, random values and
 * the network are passed. @param advance advances the clock by a number of milliseconds
 */
export async function runSession(
  fetch: Fetch,
  {
    username,
    password,
    now,
    advance,
  }: { username: string; password: string; now: () => number; advance(milliseconds: number): void },
): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  let ids = 0;
  const options: ClientOptions<Fetch> = {
    baseUrl: 'http://service.example',
    storage: memory(),
    fetch,
    device: 'Änna’s phone',
    randomId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    runtime: {
      now,
      random: () => 0.5,
      setTimer: (milliseconds, run) => {
        // A time limit is not reached.
        if (milliseconds < 30_000) Promise.resolve().then(run);
        return () => {};
      },
      locks: undefined,
    },
  };
  const client = createClient(options);
  client.onChange((event) => seen.push(event));
  await client.login(username, password);
  const pages = client.posts({ limit: 2 });
  for (let page = await pages.next(); !page.done; page = await pages.next()) seen.push(page.value.length);
  advance(200_000);
  await client.refresh();
  seen.push(await client.user());
  await client.login(username, 'wrong').catch((error: { code: string }) => seen.push(error.code));
  seen.push((await client.sessions.list()).map(({ device }) => device));
  seen.push(await client.logout());
  await client.fetch('/api/account/').catch((error: { code: string }) => seen.push(error.code));
  return seen;
}

/** Returns a response of recorded parts. */
export const responseOf = ({ status, headers, body }: NonNullable<Exchange['response']>): FetchResponse => ({
  ok: status < 300,
  status,
  headers: { get: (name) => headers[name.toLowerCase()] ?? null },
  text: () => Promise.resolve(body),
});

/** Describes a request in one line. */
export const describeRequest = (
  url: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): string =>
  JSON.stringify([
    method,
    url,
    Object.keys(headers)
      .sort()
      .map((name) => [name, headers[name]]),
    body,
  ]);
