import type { Client, ClientEvent, ClientOptions, User } from './client-interface.ts';
import { createError, isLatchkeyError, type LogoutReason } from './errors.ts';
import { createLoginStore, type KnownLogin } from './login-store.ts';
import { listPages, type Post } from './posts.ts';
import { createRefresher } from './refresher.ts';
import { reasonOf } from './refusals.ts';
import {
  createRandomId,
  defaultRuntime,
  type Fetch,
  type FetchResponse,
  type GlobalFetch,
  globals,
  type Runtime,
} from './runtime.ts';
import { createServerClock } from './server-clock.ts';
import {
  assertService,
  createService,
  dateOf,
  errorOf,
  listOf,
  membersOf,
  type ParsedResponse,
  readResponse,
  toUnavailable,
} from './service.ts';
import { readClaims } from './token.ts';

/**
 * Creates a client of the service. An app has one per base URL.
 *
 * @throws {TypeError} if the runtime has no `fetch` or no source of random values, and no option replaces it
 */
export function createClient<F extends Fetch = GlobalFetch>(options: ClientOptions<F>): Client<F> {
  const { baseUrl, storage, device, randomId = createRandomId } = options;
  const runtime: Runtime = { ...defaultRuntime, ...options.runtime };
  // A browser accepts `fetch` only as a function of the window.
  const send: Fetch = options.fetch ?? globals.fetch?.bind(globalThis) ?? missing('fetch', 'fetch');
  const newKey = () => randomId() ?? missing('crypto.getRandomValues', 'randomId');
  newKey();
  const listeners = new Set<(event: ClientEvent) => void>();
  const emit = (event: ClientEvent) => {
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (error) {
        // An error of the app must not interrupt the client.
        runtime.setTimer(0, () => {
          throw error;
        });
      }
    }
  };
  const clock = createServerClock(runtime.now);
  const service = createService(baseUrl, send, device, runtime);
  const store = createLoginStore(storage, (problem) => emit({ type: 'storage', problem }));

  async function end(token: string, reason: LogoutReason): Promise<KnownLogin> {
    let isEnded = false;
    const current = await store.update((login) => {
      isEnded = login?.token === token;
      return isEnded ? undefined : login;
    });
    if (current) return current;
    if (isEnded) emit({ type: 'logout', reason });
    throw createError('login_required', `The login has ended: ${reason}.`, { reason });
  }
  const refresh = createRefresher({
    store,
    service,
    clock,
    runtime,
    newKey,
    end,
    lockName: `latchkey ${storage.name}`,
  });

  /** Returns the login for a request. Refreshes it if it is due, in the background unless it has expired. */
  async function current(): Promise<KnownLogin> {
    const login = await store.load();
    if (!login) throw createError('login_required', 'The user is not logged in.');
    clock.restore(login.skew);
    const now = clock.now() / 1000;
    if (login.isFinal || now < (login.issuedAt + login.claims.exp) / 2) return login;
    const refreshed = refresh();
    if (now < login.claims.exp) {
      refreshed.catch(() => undefined);
      return login;
    }
    // The clock of the device may have changed, so the service decides whether the token has expired.
    return refreshed.catch((error: unknown) => {
      if (isLatchkeyError(error) && error.code === 'login_required') throw error;
      return login;
    });
  }

  async function request(path: string, init: { headers?: object } = {}): Promise<FetchResponse> {
    const url = service.urlOf(path);
    let login = await current();
    for (let isRepeated = false; ; isRepeated = true) {
      const headers = { ...init.headers, Authorization: `JWT ${login.token}` };
      // A redirect must not carry the token to another service.
      const response = await send(url, { redirect: 'manual', ...init, headers }).catch((error: unknown) => {
        throw error instanceof Error && error.name === 'AbortError' ? error : toUnavailable(error);
      });
      assertService(response, service.root);
      clock.learn(dateOf(response));
      if (response.status !== 401) return response;
      const next = await afterRefusal(login, response, isRepeated);
      if (!next) return response;
      login = next;
    }
  }

  /** Returns the login for another attempt after a 401; undefined if the response is not about the token. */
  async function afterRefusal(
    login: KnownLogin,
    response: FetchResponse & { clone?(): FetchResponse },
    isRepeated: boolean,
  ): Promise<KnownLogin | undefined> {
    // The app reads the body of a response that is returned.
    const { sentence } = await readResponse(response.clone?.() ?? response, service.root);
    const reason = reasonOf(sentence);
    if (!reason) return undefined;
    if (reason !== 'expired' || login.isFinal) return end(login.token, reason);
    return isRepeated ? undefined : refresh();
  }

  /** Sends a request of the client itself. Returns the parsed body. */
  async function call(path: string, method: string, body?: object): Promise<ParsedResponse> {
    const content = body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    const response = await readResponse(await request(path, { method, ...content } as object), service.root);
    if (response.status >= 300) throw errorOf(response);
    return response;
  }

  async function start(token: unknown, issuedAt: number | undefined): Promise<User> {
    const claims = typeof token === 'string' ? readClaims(token) : undefined;
    if (typeof token !== 'string' || !claims) {
      throw createError('not_the_service', 'The response contains no token.');
    }
    const login = { token, key: newKey(), issuedAt: issuedAt ?? 0, skew: clock.skew, isFinal: false };
    await store.update(() => login);
    const user = userOf(claims);
    emit({ type: 'login', user });
    return user;
  }

  return {
    login: async (username, password) => {
      const response = await service.post(
        '/api/token/',
        { username, password },
        // The key opts in to reuse detection. A token of this user passes limits that others have used up.
        { 'Idempotency-Key': newKey() },
      );
      const { status, sentence, date } = response;
      const { token, non_field_errors: refused } = membersOf(response.body);
      if (status === 400 && refused) throw createError('credentials_refused', `${sentence}`, { status });
      if (status >= 300) throw errorOf(response);
      const issued = date ?? issueOf(token);
      clock.learn(issued);
      return start(token, (issued ?? clock.now()) / 1000);
    },
    adopt: async (token) => {
      if (!readClaims(token)) throw createError('request_refused', 'This is not a token with an end.');
      return start(token, undefined);
    },
    logout: async () => {
      let login: KnownLogin | undefined;
      await store.update((stored) => {
        login = stored;
        return undefined;
      });
      if (!login) return true;
      emit({ type: 'logout', reason: 'logged_out' });
      const response = await service
        .post('/api/token/revoke/', { token: login.token })
        .catch(() => undefined);
      return response?.status === 200;
    },
    fetch: (path, init) => request(path, init) as Promise<Awaited<ReturnType<F>>>,
    refresh: async () => {
      await refresh();
    },
    user: async () => {
      const login = await store.load();
      return login && userOf(login.claims);
    },
    sessions: {
      list: async () => listOf(await call('/api/sessions/', 'GET'), service.root),
      end: async (id) => {
        await call(`/api/sessions/${encodeURIComponent(id)}/`, 'DELETE');
      },
      endOthers: async () => {
        await call('/api/sessions/', 'DELETE');
      },
    },
    changePassword: async (currentPassword, newPassword) => {
      const body = { current_password: currentPassword, new_password: newPassword };
      await call('/api/account/password/', 'POST', body);
    },
    posts: ({ limit = 100 } = {}) =>
      listPages(`/api/blog/posts/?limit=${limit}`, async (path) => {
        const response = await request(path);
        const posts = listOf<Post>(await readResponse(response, service.root), service.root);
        return { posts, link: response.headers.get('link') };
      }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

const userOf = ({ id, username, email }: User): User => ({ id, username, email });

/** Returns when a token was issued, in milliseconds since 1970. */
function issueOf(token: unknown): number | undefined {
  const issued = typeof token === 'string' ? readClaims(token)?.iat : undefined;
  return issued && issued * 1000;
}

function missing(name: string, option: string): never {
  throw new TypeError(`This runtime has no ${name}. Pass the option ${option}.`);
}
