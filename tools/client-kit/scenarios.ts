import { setTimeout as delay } from 'node:timers/promises';
import { replacement, type ServiceFault } from '../harness/fault-server.ts';
import type { RULES } from '../harness/service.ts';
import { holds } from '../kit/check.ts';
import { PATHS } from '../kit/client.ts';
import type { Bench } from './bench.ts';
import type { Command, Result } from './commands.ts';

/** The lifetime of a token, in seconds. */
const LIFETIME_S = 300;
/** The posts that the service lists. */
export const POSTS = 3;
/** How often a call is repeated after a fault, and the pause between, in milliseconds. */
const TRIES = 30;
const PAUSE_MS = 500;
const HOUR_S = 3600;
const EXPIRE_S = LIFETIME_S + 10;

/** Commands of a scenario. The app under test responds to each with its results. */
type Steps = AsyncGenerator<Command, void, readonly Result[]>;

export interface Scenario {
  readonly name: string;
  /** What happens, and what is expected, in one sentence. */
  readonly title: string;
  readonly settings: Partial<typeof RULES>;
  run(bench: Bench): Steps;
}

/** The settings of a service that refreshes a token after it has expired: any client can then replace its token. */
const AFTER_EXPIRY = { lifetimeSeconds: LIFETIME_S, refreshAfterExpiry: true };
/** The default settings: a token that has expired cannot be refreshed. */
const BEFORE_EXPIRY = { lifetimeSeconds: LIFETIME_S };

const call = (times = 1): Command => ({ do: 'call', times, abandon: false });

/** Installs the app, logs in and lists the posts. */
async function* logIn({ username, password }: Bench): Steps {
  yield { do: 'reset' };
  const [login] = yield { do: 'login', username, password };
  holds(login?.outcome === 'ok', 'the login failed');
  const [first] = yield call();
  holds(first?.outcome === 'ok' && first.posts === POSTS, `the first call did not list ${POSTS} posts`);
}

/** Asserts that a result is not the loss of a login, and that a list is complete. */
function assertKept(result: Result | undefined): void {
  holds(result?.outcome !== 'login_required', 'the app asks for a login, but its session has not ended');
  if (result?.outcome !== 'ok') return;
  holds(result.posts === POSTS, `the app took another response for the list of posts: ${result.posts} posts`);
}

/** Repeats a call until it succeeds. */
async function* recover(bench: Bench): Steps {
  for (let count = 0; count < TRIES; count += 1) {
    const [result] = yield call();
    assertKept(result);
    if (result?.outcome === 'ok') return;
    await delay(PAUSE_MS);
    bench.pass(5);
  }
  holds(false, `no call succeeded in ${TRIES} tries after the fault`);
}

/** Asserts that the login works after a fault: now, after the next expiry, and after a restart of the app. */
async function* assertHealthy(bench: Bench): Steps {
  yield* recover(bench);
  bench.faultOf = () => 'none';
  await bench.passQuietly(EXPIRE_S);
  yield* recover(bench);
  yield { do: 'restart' };
  yield* recover(bench);
  holds(bench.logins === 1, `the app logged in ${bench.logins} times, so it stores the password`);
}

/** A scenario in which the first refresh of an expired token has a fault. */
const refreshFault = (name: string, title: string, fault: ServiceFault): Scenario => ({
  name,
  title,
  settings: AFTER_EXPIRY,
  async *run(bench) {
    yield* logIn(bench);
    bench.pass(EXPIRE_S);
    bench.failRefreshes(fault);
    yield* assertHealthy(bench);
  },
});

/** A scenario in which a call has to show the login, and no requests may follow. */
const ending = (name: string, title: string, end: (bench: Bench) => void | Promise<void>): Scenario => ({
  name,
  title,
  settings: AFTER_EXPIRY,
  async *run(bench) {
    yield* logIn(bench);
    await end(bench);
    const before = bench.requests.length;
    const [first] = yield call();
    holds(first?.outcome === 'login_required', 'the app does not ask for a login, but its session has ended');
    const count = bench.requests.length - before;
    holds(count <= 3, `the app sent ${count} requests with a token that is not valid`);
    yield { do: 'restart' };
    const [second] = yield call();
    holds(second?.outcome === 'login_required', 'after a restart, the app does not ask for a login');
  },
});

/** A scenario in which the clock of the phone is wrong. Calls are made at each fifth of a lifetime. */
const clock = (name: string, title: string, serverAheadSeconds: number): Scenario => ({
  name,
  title,
  settings: BEFORE_EXPIRY,
  async *run(bench) {
    bench.pass(serverAheadSeconds);
    yield* logIn(bench);
    for (let count = 0; count < 5; count += 1) {
      bench.pass(2);
      const [result] = yield call();
      assertKept(result);
    }
    const { length } = bench.refreshes;
    holds(
      length <= 1,
      `the app refreshed a new token ${length} times, because it uses the clock of the phone`,
    );
    for (let fifth = 0; fifth < 15; fifth += 1) {
      await bench.passQuietly(LIFETIME_S / 5);
      const [result] = yield call();
      holds(result?.outcome !== 'login_required', 'the app did not refresh its token before it expired');
    }
  },
});

const errorResponse = (status: number, detail: string, retryAfter: string) =>
  replacement(status, JSON.stringify({ detail }), [
    ['Content-Type', 'application/json'],
    ['Retry-After', retryAfter],
  ]);
const PORTAL = replacement(200, '<!doctype html><title>Welcome</title><p>Accept the terms of this network.', [
  ['Content-Type', 'text/html'],
]);

export const SCENARIOS: readonly Scenario[] = [
  clock('ahead', 'The app is in use: it refreshes its token before it expires.', 0),
  refreshFault(
    'lost',
    'The response to a refresh is lost after the service has committed it.',
    'response lost',
  ),
  refreshFault('cut', 'The response to a refresh ends in the middle of its body.', 'response truncated'),
  refreshFault('delayed', 'The response to a refresh arrives after 1.5 seconds.', {
    kind: 'response delayed',
    delayMs: 1500,
  }),
  refreshFault('duplicated', 'The network delivers a refresh twice.', 'request duplicated'),
  {
    name: 'killed',
    title: 'The app ends after the service has committed a refresh, before the app has stored the token.',
    settings: AFTER_EXPIRY,
    async *run(bench) {
      yield* logIn(bench);
      bench.pass(EXPIRE_S);
      bench.failRefreshes('response held');
      yield { do: 'call', times: 1, abandon: true };
      await bench.refreshed();
      yield { do: 'restart' };
      yield* assertHealthy(bench);
    },
  },
  {
    name: 'concurrent',
    title: 'Five calls begin at once with an expired token: one refresh, and five lists.',
    settings: AFTER_EXPIRY,
    async *run(bench) {
      yield* logIn(bench);
      bench.pass(EXPIRE_S);
      const results = yield call(5);
      holds(results.length === 5, `${results.length} results of five calls`);
      for (const result of results) {
        assertKept(result);
        holds(result.outcome === 'ok', 'a call failed');
      }
      const { length } = bench.refreshes;
      holds(length === 1, `the app sent ${length} refreshes at once, expected one`);
      yield* assertHealthy(bench);
    },
  },
  clock('clock-ahead', 'The clock of the phone is an hour ahead.', -HOUR_S),
  clock('clock-behind', 'The clock of the phone is an hour behind.', HOUR_S),
  {
    name: 'unavailable',
    title: 'Refreshes return 503 for a minute. Each takes 20 seconds of it.',
    settings: AFTER_EXPIRY,
    async *run(bench) {
      yield* logIn(bench);
      bench.pass(EXPIRE_S);
      const end = bench.now() + 60_000;
      const unavailable = errorResponse(503, 'Service temporarily unavailable, try again later.', '0');
      bench.faultOf = ({ target }) => {
        if (!target.startsWith(PATHS.refresh.slice(0, -1)) || bench.now() >= end) return 'none';
        bench.pass(20);
        return unavailable;
      };
      yield* assertHealthy(bench);
    },
  },
  {
    name: 'throttled',
    title: 'A refresh returns 429 with Retry-After: 1. The app waits for a second.',
    settings: AFTER_EXPIRY,
    async *run(bench) {
      yield* logIn(bench);
      bench.pass(EXPIRE_S);
      bench.failRefreshes(errorResponse(429, 'Request was throttled.', '1'));
      yield* recover(bench);
      const [first, second] = bench.refreshes;
      const waited = (second?.at ?? 0) - (first?.at ?? 0);
      // Timers of some runtimes fire a few milliseconds early.
      holds(waited > 950, `the app sent the next refresh after ${Math.round(waited)} ms`);
      yield* assertHealthy(bench);
    },
  },
  ending('ended', 'The session is ended on another device.', (bench) => bench.endSession()),
  ending('secret', 'The secret of the service changes.', (bench) => bench.changeSecret()),
  {
    name: 'portal',
    title:
      'A captive portal responds to every request with 200 and HTML, with a valid and with an expired token.',
    settings: AFTER_EXPIRY,
    async *run(bench) {
      yield* logIn(bench);
      for (const seconds of [0, EXPIRE_S]) {
        bench.pass(seconds);
        bench.faultOf = () => PORTAL;
        const [during] = yield call();
        assertKept(during);
        bench.faultOf = () => 'none';
        if (seconds > 0) {
          bench.failRefreshes(PORTAL);
          const [refreshed] = yield call();
          assertKept(refreshed);
        }
        yield* recover(bench);
      }
      yield* assertHealthy(bench);
    },
  },
];
