import { createClient, isLatchkeyError } from '../../client/src/index.ts';
import type { LoginStorage } from '../../client/src/storage/storage.ts';
import type { Result } from './commands.ts';
import type { StartApp } from './drive.ts';

const KEY = 'latchkey.login';

/** Starts an app with the client of this project. */
export const startLatchkeyApp: StartApp = (baseUrl, items, isAlive) => {
  const storage: LoginStorage = {
    name: KEY,
    read: async () => items.get(KEY),
    write: async (text) => items.set(KEY, text),
    remove: async () => items.delete(KEY),
  };
  const client = createClient({
    baseUrl,
    storage,
    // An app that was ended would keep its lock: it ends without its process.
    runtime: { locks: undefined },
    // An app that was ended sends nothing.
    fetch: (url: string, init?: RequestInit) =>
      isAlive() ? fetch(url, init) : new Promise<Response>(() => {}),
  });
  return {
    login: (username, password) => resultOf(client.login(username, password).then(() => ({ outcome: 'ok' }))),
    call: () =>
      resultOf(
        client
          .posts()
          .next()
          .then(({ value }): Result => ({ outcome: 'ok', posts: value?.length ?? 0 })),
      ),
  };
};

/** Converts an error as an app does: it shows the login only for `login_required`. */
const resultOf = (work: Promise<Result>): Promise<Result> =>
  work.catch((error: unknown): Result => {
    if (!isLatchkeyError(error)) throw error;
    if (error.code === 'login_required') return { outcome: 'login_required' };
    return { outcome: 'failed', detail: error.code };
  });
