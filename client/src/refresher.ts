import { createError, type LatchkeyError, type LogoutReason } from './errors.ts';
import type { KnownLogin, Login, LoginStore } from './login-store.ts';
import { isFinalRefusal, reasonOf } from './refusals.ts';
import type { Runtime } from './runtime.ts';
import type { ServerClock } from './server-clock.ts';
import { errorOf, membersOf, type ParsedResponse, type Service, toUnavailable } from './service.ts';
import { readClaims } from './token.ts';

/** How often a call attempts a refresh. */
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
/** The pause is doubled at most this often. */
const DOUBLINGS = 7;
/** A call does not wait longer than this for one attempt. */
const LONGEST_WAIT_MS = 10_000;
/** The longest pause, whatever the service asks for. */
const LONGEST_PAUSE_MS = 3_600_000;

export interface RefresherDependencies {
  readonly store: LoginStore;
  readonly service: Service;
  readonly clock: ServerClock;
  readonly runtime: Runtime;
  readonly lockName: string;
  newKey(): string;
  /** Ends the login with a token. Returns the login that has replaced it. @throws {LatchkeyError} login_required */
  end(token: string, reason: LogoutReason): Promise<KnownLogin>;
}

/** A time without attempts, after a failure. */
interface Pause {
  /** By the clock of the device, in milliseconds. */
  readonly since: number;
  readonly milliseconds: number;
  readonly error: LatchkeyError;
}

/**
 * Creates the function that refreshes the token. Concurrent calls share one refresh, across tabs if the runtime has Web
 * Locks. A failed request is repeated with the same key.
 *
 * @see docs/api.md "Refreshing"
 */
export function createRefresher(dependencies: RefresherDependencies): () => Promise<KnownLogin> {
  const { store, service, clock, runtime, lockName, newKey, end } = dependencies;
  let running: Promise<KnownLogin> | undefined;
  let pause: Pause | undefined;
  let failures = 0;

  /** Returns how long no attempt is allowed, in milliseconds. */
  function remaining(): number {
    if (!pause) return 0;
    const passed = runtime.now() - pause.since;
    // The clock of the device may have been set back.
    return passed < 0 ? 0 : pause.milliseconds - passed;
  }

  /** Starts a pause: exponential with jitter, or as long as the service asks for. */
  function fail(error: LatchkeyError): LatchkeyError {
    const backOff = FIRST_PAUSE_MS * 2 ** Math.min(failures, DOUBLINGS) * (0.5 + runtime.random() / 2);
    const asked = (error.retryAfterSeconds ?? 0) * 1000;
    failures += 1;
    pause = {
      since: runtime.now(),
      milliseconds: Math.min(Math.max(backOff, asked), LONGEST_PAUSE_MS),
      error,
    };
    return error;
  }

  async function attempt(login: KnownLogin): Promise<KnownLogin> {
    const headers = { 'Idempotency-Key': login.key };
    const response = await service
      .post('/api/token/refresh/', { token: login.token }, headers)
      .catch((error: unknown) => {
        throw fail(toUnavailable(error));
      });
    clock.learn(response.date);
    const next = response.status === 200 ? successorOf(login, response) : undefined;
    if (!next) return refuse(login, response);
    pause = undefined;
    failures = 0;
    // A logout, another login or another tab may have replaced the login in the meantime.
    const current = await store.update((stored) => (stored?.token === login.token ? next : stored));
    if (current) return current;
    throw createError('login_required', 'The user has logged out.', { reason: 'logged_out' });
  }

  /** Returns the login with the token of a response; undefined if that has none. */
  function successorOf(
    { issuedAt, claims: { exp } }: KnownLogin,
    { body, date }: ParsedResponse,
  ): Login | undefined {
    const { token } = membersOf(body);
    const claims = typeof token === 'string' ? readClaims(token) : undefined;
    if (typeof token !== 'string' || !claims) return undefined;
    if (date === undefined) {
      // The response has no readable date, so the lifetime tells when the token was issued.
      const issued = claims.iat ?? (issuedAt > 0 ? claims.exp - (exp - issuedAt) : undefined);
      clock.learn(issued && issued * 1000);
    }
    return { token, key: newKey(), issuedAt: clock.now() / 1000, skew: clock.skew, isFinal: false };
  }

  async function refuse({ token }: KnownLogin, response: ParsedResponse): Promise<KnownLogin> {
    const { status, sentence } = response;
    if (status === 400 && isFinalRefusal(sentence)) {
      const kept = await store.update((stored) =>
        stored?.token === token ? { ...stored, isFinal: true } : stored,
      );
      return kept && clock.now() < kept.claims.exp * 1000 ? kept : end(token, 'expired');
    }
    const reason = status === 400 ? reasonOf(sentence) : undefined;
    if (reason) return end(token, reason);
    if (status >= 300) throw fail(errorOf(response));
    throw fail(createError('not_the_service', 'The response to a refresh contains no token.', { status }));
  }

  async function run(before: KnownLogin | undefined): Promise<KnownLogin> {
    for (let count = 1; ; count += 1) {
      // Another tab may have refreshed or ended the login.
      const login = await store.reload();
      if (!login) throw createError('login_required', 'The user is not logged in.');
      if (login.token !== before?.token) return login;
      const wait = remaining();
      if (pause && wait > LONGEST_WAIT_MS) throw pause.error;
      if (wait > 0) await new Promise<void>((resolve) => runtime.setTimer(wait, resolve));
      try {
        return await attempt(login);
      } catch (error) {
        const { code } = toUnavailable(error);
        if (count === ATTEMPTS || (code !== 'unavailable' && code !== 'throttled')) throw error;
      }
    }
  }

  async function locked(before: KnownLogin | undefined): Promise<KnownLogin> {
    const { locks } = runtime;
    if (!locks) return run(before);
    let isStarted = false;
    const work = () => {
      isStarted = true;
      return run(before);
    };
    return locks.request(lockName, work).catch((error: unknown) => {
      // A page with an opaque origin may not use locks.
      if (isStarted) throw error;
      return run(before);
    });
  }

  return async () => {
    const before = await store.load();
    running ??= locked(before).finally(() => {
      running = undefined;
    });
    return running;
  };
}
