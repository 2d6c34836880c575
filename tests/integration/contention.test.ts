import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionRepository } from '../../lib/dynamodb/sessions.ts';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import { Passwords } from '../../lib/passwords/passwords.ts';
import { sidOf } from '../../lib/sessions/session-id.ts';
import type { PasswordChecker } from '../../lib/users/login.ts';
import { createThrottle } from '../../lib/wiring.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { lambdaContext, postJson } from '../../tools/harness/events.ts';
import { createService, type Reply, THROTTLE, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { TEST_MS } from '../../tools/harness/time-limits.ts';
import { userOf } from '../../tools/harness/users.ts';
import { plainPasswords, UNTHROTTLED } from '../support/plain-passwords.ts';
import { UNLIMITED_RETRIES } from '../support/retry-timing.ts';

const PASSWORD = 'Plus-Ultra-2019';
const AT_ONCE = 50;
const SESSIONS = 20;

let table: TestTable;
let now = Date.UTC(2026, 0, 1);
let count = 0;

beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.remove());

type Service = ReturnType<typeof createService>;

/** Sends a POST request to a function with a long timeout, because fifty functions share the cores of one machine here. */
const post = async (service: Service, name: 'obtain' | 'refresh', value: unknown): Promise<Reply> => {
  const { statusCode, body } = await service.handlers[name](postJson(value), lambdaContext(TEST_MS));
  return { status: statusCode, headers: {}, body: JSON.parse(body) };
};

/** Creates a user with the maximum number of sessions. */
async function fullUser(passwords: PasswordChecker, service: Service) {
  count += 1;
  const user = userOf({ id: count, username: `user-${count}`, password: await passwords.hash(PASSWORD) });
  await new UserRepository(table).create(user);
  const logIn = () => post(service, 'obtain', { username: user.username, password: PASSWORD });
  for (let index = 0; index < SESSIONS; index += 1) {
    now += 2000;
    expect((await logIn()).status).toBe(200);
  }
  now += 2000;
  const sids = async () => {
    const found = await new SessionRepository(table).findAccountSessions(user.username);
    return [...(found?.sessions.keys() ?? [])];
  };
  return { user, logIn, sids };
}

const together = <Result>(work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(index)));
const statusesOf = (replies: readonly Reply[]) => [...new Set(replies.map(({ status }) => status))].sort();
const sidsOf = async (service: Service, replies: readonly Reply[]) =>
  Promise.all(replies.map(async (reply) => sidOf(await service.tokens.verify(tokenOf(reply)))));

describe('fifty concurrent logins of a user with twenty sessions', () => {
  it.each([
    ['with real hashes', new Passwords()],
    ['with hashes that cost no time', plainPasswords],
  ])('all succeed and leave twenty of the new sessions, %s', async (_, passwords) => {
    const service = createService(table, {
      passwords,
      throttling: UNTHROTTLED,
      clock: () => now,
      retryTiming: UNLIMITED_RETRIES,
    });
    const { logIn, sids } = await fullUser(passwords, service);
    const replies = await together(logIn);
    expect(statusesOf(replies)).toEqual([200]);
    const opened = await sidsOf(service, replies);
    expect(new Set(opened).size).toBe(AT_ONCE);
    const stored = await sids();
    expect(stored).toHaveLength(SESSIONS);
    expect(stored.filter((sid) => !opened.includes(sid))).toEqual([]);
  });

  it('succeed or are throttled with the default limits', async () => {
    const service = createService(table, {
      throttling: THROTTLE,
      clock: () => now,
      retryTiming: UNLIMITED_RETRIES,
    });
    const { logIn } = await fullUser(new Passwords(), service);
    const replies = await together(logIn);
    expect(statusesOf(replies)).toEqual([200, 429]);
  });
});

it('fifty concurrent first refreshes of tokens issued by Django succeed and leave twenty sessions', async () => {
  const service = createService(table, {
    passwords: plainPasswords,
    throttling: UNTHROTTLED,
    clock: () => now,
    retryTiming: UNLIMITED_RETRIES,
  });
  const { user, sids } = await fullUser(plainPasswords, service);
  const tokens = Array.from({ length: AT_ONCE }, (_, index) =>
    djangoToken(user, { at: now - 60_000 - index * 1000 }),
  );
  const replies = await together((index) => post(service, 'refresh', { token: tokens[index] }));
  expect(statusesOf(replies)).toEqual([200]);
  expect(await sids()).toHaveLength(SESSIONS);
});

it('allows exactly one of the concurrent attempts beyond the limit of consecutive failures', async () => {
  const settings = { ...UNTHROTTLED, accountFailures: 3 };
  const throttle = createThrottle({ table, settings: { throttle: settings }, clock: () => now });
  const results = await together((index) =>
    throttle.attempt(
      { username: 'one', address: `10.0.0.${index}`, device: undefined },
      {
        find: async () => undefined,
        recognize: () => ({ network: false, device: false }),
        check: async () => ({ kind: 'wrong', refusal: undefined }),
      },
    ),
  );
  expect(results.filter(({ kind }) => kind === 'wrong')).toHaveLength(settings.accountFailures + 1);
});
