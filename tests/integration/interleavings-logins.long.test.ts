import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromSession } from '../../lib/dynamodb/session-item.ts';
import { userAttributes } from '../../lib/dynamodb/user-item.ts';
import { LoginSessions } from '../../lib/sessions/login-session.ts';
import type { Session, SessionRules } from '../../lib/sessions/session.ts';
import { endSession } from '../../lib/sessions/session-machine.ts';
import { createLoginRepository, createSessionRepository, createTokens } from '../../lib/wiring.ts';
import { RULES } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { type Actor, explore, type History, ItemEngine } from '../support/interleavings.ts';
import { loginWith } from '../support/logins.ts';
import { plainPasswords } from '../support/plain-passwords.ts';

const NOW = Date.UTC(2026, 0, 2);
const PASSWORD = 'Plus-Ultra-2019';
const UNKNOWN_DEVICE = { label: undefined, address: undefined };
const rules: SessionRules = { ...RULES, sessionsPerUser: 2 };
const user = userOf({ password: PASSWORD });
const pk = `USER#${user.username}`;
const tokens = createTokens({ settings: { tokens: RULES }, clock: () => NOW });

/** Returns a session that was last used a number of minutes ago. */
function sessionUsed(minutes: number): Session {
  const at = NOW - minutes * 60_000;
  const current = { expiresAt: NOW / 1000 + 86_400, claims: { email: user.email }, nonce: 'stored' };
  const refreshableUntil = NOW / 1000 + RULES.refreshSeconds;
  return {
    ...UNKNOWN_DEVICE,
    ...{ generation: 0, createdAt: at, refreshedAt: at, refreshableUntil, current },
    ...{ previous: undefined, idempotencyKey: undefined, isOptedIn: false },
  };
}
const sidOf = (name: string) => name.padEnd(22, '-');
const [OLDEST, OLD] = [sidOf('oldest'), sidOf('old')];
const start = {
  pk,
  ...JSON.parse(JSON.stringify(userAttributes({ user, imported: undefined }))),
  sessions: JSON.parse(
    JSON.stringify({ [OLD]: fromSession(sessionUsed(10)), [OLDEST]: fromSession(sessionUsed(20)) }),
  ),
};

let table: TestTable;
let engine: ItemEngine;
beforeAll(async () => {
  table = await createTestTable();
  engine = new ItemEngine(table, pk);
});
afterAll(() => table.remove());

/** A login at a number of seconds. Two logins at the same time are equally old. */
const login = (name: string, second: number): Actor => ({
  name,
  loses: ['retry'],
  run: async (client) => {
    const clock = () => NOW + second * 1000;
    const sessions = new LoginSessions({
      ...{ tokens, rules, clock },
      newSid: () => sidOf(name),
      newNonce: () => name,
    });
    const one = loginWith({
      users: createLoginRepository({ client, name: table.name }),
      ...{ passwords: plainPasswords, sessions },
      retryTiming: { now: () => 0, random: () => 0, pause: async () => {} },
    });
    return (await one.login({ username: user.username, password: PASSWORD }, UNKNOWN_DEVICE)).token;
  },
});

/** The owner ends the oldest session. */
const logout: Actor = {
  name: 'logout',
  loses: ['retry'],
  run: (client) =>
    createSessionRepository({ client, name: table.name }).write(
      { userId: user.id, username: user.username },
      endSession(OLDEST),
    ),
};

const storedIn = ({ item }: History): string[] => {
  const { sessions } = item;
  return typeof sessions === 'object' && sessions !== null ? Object.keys(sessions).sort() : [];
};
const messageOf = ({ steps, results }: History) =>
  JSON.stringify([steps, [...results]], (_, value) => (value instanceof Error ? String(value) : value));
const run = (actors: readonly Actor[], lost: number, check: (history: History) => void) =>
  explore({ engine, start, actors, lost, check: async (history) => check(history) });

/** Asserts that every login returned a token, and that a number of sessions is left. */
function assertSessionsLeft(history: History, left: number): void {
  const message = messageOf(history);
  for (const [, result] of history.results) expect(result, message).toHaveProperty('value');
  expect(storedIn(history), message).toHaveLength(left);
}

describe('every order of the calls of concurrent logins by a user at the session limit', () => {
  it('evicts the least recently used existing sessions if the logins are at different times', async () => {
    const { states } = await run([login('a', 1), login('b', 2), login('c', 3)], 0, (history) => {
      assertSessionsLeft(history, 2);
      expect(storedIn(history), messageOf(history)).not.toContain(OLDEST);
      expect(storedIn(history), messageOf(history)).not.toContain(OLD);
    });
    expect(states).toBeGreaterThan(100);
  });

  it('leaves exactly the maximum number of sessions if the logins are at the same time', async () => {
    await run([login('a', 1), login('b', 1), login('c', 1)], 0, (history) => assertSessionsLeft(history, 2));
  });

  it('leaves exactly the maximum number of sessions if responses are lost', async () => {
    await run([login('a', 1), login('b', 2)], 2, (history) => assertSessionsLeft(history, 2));
  });

  it('returns a token for each login and exceeds no limit if there is a concurrent logout', async () => {
    await run([login('a', 1), login('b', 2), logout], 1, (history) => {
      const message = messageOf(history);
      for (const [, result] of history.results) expect(result, message).toHaveProperty('value');
      expect([1, 2], message).toContain(storedIn(history).length);
      expect(storedIn(history), message).not.toContain(OLDEST);
    });
  });
});
