import { afterAll, beforeAll, expect } from 'vitest';
import { sidOf } from '../../lib/sessions/session-id.ts';
import type { PasswordChecker } from '../../lib/users/password-check.ts';
import { createSessionRepository, createUserRepository } from '../../lib/wiring.ts';
import { lambdaContext, postJson } from '../../tools/harness/events.ts';
import { createService, type Reply, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { TEST_MS } from '../../tools/harness/time-limits.ts';
import { userOf } from '../../tools/harness/users.ts';
import { UNTHROTTLED } from './plain-passwords.ts';
import { UNLIMITED_RETRIES } from './retry-timing.ts';

const PASSWORD = 'Plus-Ultra-2019';
const AT_ONCE = 50;
export const SESSIONS = 20;

type Service = ReturnType<typeof createService>;

/** Sends a POST request to a function with a long timeout, because fifty functions share the cores of one machine here. */
export const post = async (service: Service, name: 'obtain' | 'refresh', value: unknown): Promise<Reply> => {
  const { statusCode, body } = await service.handlers[name](postJson(value), lambdaContext(TEST_MS));
  return { status: statusCode, headers: {}, body: JSON.parse(body) };
};

export const together = <Result>(work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(index)));
export const statusesOf = (replies: readonly Reply[]) =>
  [...new Set(replies.map(({ status }) => status))].sort();

/** Creates a table for the tests of a file, and users in it. */
export function useFullUsers() {
  let table: TestTable;
  let now = Date.UTC(2026, 0, 1);
  let count = 0;
  beforeAll(async () => {
    table = await createTestTable();
  });
  afterAll(() => table.remove());

  /** Creates a user with the maximum number of sessions. */
  const fullUser = async (passwords: PasswordChecker, service: Service) => {
    count += 1;
    const user = userOf({ id: count, username: `user-${count}`, password: await passwords.hash(PASSWORD) });
    await createUserRepository(table).create(user);
    const logIn = () => post(service, 'obtain', { username: user.username, password: PASSWORD });
    for (let index = 0; index < SESSIONS; index += 1) {
      now += 2000;
      expect((await logIn()).status).toBe(200);
    }
    now += 2000;
    const sids = async () => {
      const found = await createSessionRepository(table).findAccountSessions(user.username);
      return [...(found?.sessions.keys() ?? [])];
    };
    return { user, logIn, sids };
  };

  return {
    clock: () => now,
    table: () => table,
    fullUser,
    /** Asserts that fifty concurrent logins of a user with twenty sessions succeed and leave twenty of the new sessions. */
    assertLogins: async (passwords: PasswordChecker) => {
      const service = createService(table, {
        passwords,
        throttling: UNTHROTTLED,
        clock: () => now,
        retryTiming: UNLIMITED_RETRIES,
      });
      const { logIn, sids } = await fullUser(passwords, service);
      const replies = await together(logIn);
      expect(statusesOf(replies)).toEqual([200]);
      const opened = await Promise.all(
        replies.map(async (reply) => sidOf(await service.tokens.verify(tokenOf(reply)))),
      );
      expect(new Set(opened).size).toBe(AT_ONCE);
      const stored = await sids();
      expect(stored).toHaveLength(SESSIONS);
      expect(stored.filter((sid) => !opened.includes(sid))).toEqual([]);
    },
  };
}
