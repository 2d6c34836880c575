import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromSession } from '../../lib/dynamodb/session-item.ts';
import type { SessionRepository } from '../../lib/dynamodb/sessions.ts';
import { userAttributes } from '../../lib/dynamodb/user-item.ts';
import type { AccountSessions } from '../../lib/sessions/session.ts';
import type { SessionChange } from '../../lib/sessions/session-change.ts';
import { planEndOthers, planEviction, planInsert } from '../../lib/sessions/session-machine.ts';
import { createSessionRepository } from '../../lib/wiring.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { userOf } from '../../tools/harness/users.ts';
import {
  LEGACY,
  logoutEverywhere,
  logoutOf,
  MACHINE_RULES,
  OWNER,
  PHONE,
  refreshesOf,
  refreshOfTablet,
  requestOf,
  sessionOf,
  stateOf,
  TABLET,
} from '../support/machine-clients.ts';
import { exploreMachine, textOf } from '../support/machine-interleavings.ts';
import { applyChange } from '../support/machine-transitions.ts';

const NOW_S = Date.UTC(2026, 0, 2) / 1000;

let table: TestTable;
let repository: SessionRepository;
beforeAll(async () => {
  table = await createTestTable();
  repository = createSessionRepository(table);
});
afterAll(() => table.remove());

async function store({ account, sessions, revoked }: AccountSessions): Promise<void> {
  const user = userOf({ ...account, email: account.email });
  const attributes = {
    ...userAttributes({ user, imported: undefined }),
    sessions: Object.fromEntries([...sessions].map(([sid, session]) => [sid, fromSession(session)])),
    ...(revoked.sids.size > 0 && { ended_tokens: revoked.sids }),
    ended_up_to: revoked.before,
  };
  await table.client.send(
    new PutCommand({ TableName: table.name, Item: { pk: `USER#${account.username}`, ...attributes } }),
  );
}

/** Stores a state, applies a change, and compares the stored result with that of the state machine. */
async function expectSame(state: AccountSessions, change: SessionChange): Promise<void> {
  await store(state);
  const expected = applyChange(state, change);
  const message = `${change.type}: ${textOf(state)} ${textOf(change)}`;
  if (change.type === 'advance') {
    const result = await repository.advance(OWNER, change);
    const issued = expected?.sessions.get(change.sid)?.current;
    expect(result, message).toEqual(issued);
  } else expect(await repository.write(OWNER, change), message).toBe(expected !== undefined);
  const stored = await repository.findAccountSessions(OWNER.username);
  expect(stored, message).toEqual(expected ?? state);
}

const inactive = (state: AccountSessions): AccountSessions => ({
  ...state,
  account: { ...state.account, isActive: false },
});

describe('SessionRepository', { timeout: LONG_TEST_MS }, () => {
  it.each([
    ['a session', PHONE],
    ['a token issued by Django', LEGACY],
  ])('writes the same as the state machine in every state that refreshes of %s reach', async (_, sid) => {
    const pairs = new Map<string, [AccountSessions, SessionChange]>();
    const onWrite = (state: AccountSessions, change: SessionChange) =>
      pairs.set(`${textOf(state)} ${textOf(change)}`, [state, change]);
    for (const others of [[logoutOf(sid)], [logoutEverywhere], [refreshOfTablet]]) {
      const clients = [...refreshesOf(sid, 'key').filter(({ name }) => name !== 'second'), ...others];
      const rest = { rules: MACHINE_RULES, lost: 0, onWrite, check: () => {} };
      exploreMachine({ start: stateOf(), clients, ...rest });
    }
    expect(pairs.size).toBeGreaterThan(20);
    for (const [state, change] of pairs.values()) {
      await expectSame(state, change);
      await expectSame(inactive(state), change);
    }
  });

  it('writes the same as the state machine for logins, evictions and the end of other sessions', async () => {
    const rules = { ...MACHINE_RULES, sessionsPerUser: 1 };
    const legacy = sessionOf({ generation: 1, previous: undefined });
    const two = stateOf();
    const three = { ...two, sessions: new Map(two.sessions).set(LEGACY, legacy) };
    const used = { ...two, sessions: new Map(two.sessions).set(PHONE, sessionOf({ refreshedAt: 1 })) };
    const ended = { ...two, revoked: { sids: new Set([LEGACY]), before: undefined } };
    const allEnded = { ...two, revoked: { sids: new Set<string>(), before: NOW_S } };
    const states = [two, three, used, ended, allEnded, { ...two, sessions: new Map() }];
    const callers = [requestOf('a', TABLET, 0), requestOf('b', LEGACY, 0)].map(({ principal }) => principal);
    const added = { sid: 'new-session-22-chars--', session: sessionOf({ isOptedIn: true }) };
    const changes = states.flatMap((state): SessionChange[] => [
      ...[false, true].map((isContended) =>
        planInsert(state, { ...added, legacy: undefined }, rules, NOW_S, isContended),
      ),
      planInsert(state, { sid: LEGACY, session: legacy, legacy: { loginAt: 5 } }, rules, NOW_S, false),
      planInsert(state, { sid: LEGACY, session: legacy, legacy: { loginAt: undefined } }, rules, NOW_S, true),
      ...[planEviction(state, rules, NOW_S) ?? []].flat(),
      ...callers.map((caller) => planEndOthers(state, caller, rules, NOW_S * 1000, 'a-nonce')),
    ]);
    // A login does not evict its own session.
    const possible = changes.filter((change) => change.type !== 'insert' || !change.evicted.has(change.sid));
    for (const state of states) for (const change of possible) await expectSame(state, change);
  });
});
