import { describe, expect, it } from 'vitest';
import type { AccountSessions } from '../../lib/sessions/session.ts';
import { endSession, planEviction, planInsert } from '../../lib/sessions/session-machine.ts';
import {
  LEGACY,
  MACHINE_RULES,
  OWNER,
  PHONE,
  requestOf,
  sessionOf,
  stateOf,
  TABLET,
} from '../support/machine-clients.ts';
import { applyChange, type SessionEvent, transition } from '../support/machine-transitions.ts';

const NOW_S = Date.UTC(2026, 0, 2) / 1000;
const NEW = 'new-session-22-chars--';
const ALWAYS = { ...MACHINE_RULES, reuseDetection: 'always' } as const;

const run = (state: AccountSessions, event: SessionEvent, rules = MACHINE_RULES) =>
  transition(state, event, NOW_S, rules);
const refresh = (...args: Parameters<typeof requestOf>): SessionEvent => ({
  type: 'refresh',
  request: requestOf(...args),
});
/** A state in which the phone has refreshed a number of times. */
const refreshedState = (times: number, state = stateOf()): AccountSessions =>
  Array.from({ length: times }).reduce<AccountSessions>(
    (before, _, index) => run(before, refresh(`refresh ${index}`, PHONE, index)).state,
    state,
  );
const completed = (generation: number, nonce: string) => ({
  type: 'completed',
  result: { type: 'successor', generation, issued: { nonce } },
});
const refused = (code: string) => ({ type: 'refused', code });

describe('refresh of the current token', () => {
  it('issues its successor, with the claims of the account, and keeps the token as the previous one', () => {
    const before = { ...stateOf(), claims: { email: 'new@example.com' } };
    const { state, outcome } = run(before, refresh('a', PHONE, 0));
    expect(outcome).toMatchObject(completed(1, 'a'));
    expect(state.sessions.get(PHONE)).toMatchObject({
      generation: 1,
      current: { nonce: 'a', claims: { email: 'new@example.com' } },
      previous: before.sessions.get(PHONE)?.current,
    });
    expect(state.sessions.get(TABLET)).toBe(before.sessions.get(TABLET));
  });

  it('returns the token itself within a second of the login', () => {
    const at = NOW_S * 1000 - 999;
    const current = { expiresAt: NOW_S + 604_799, claims: { email: 'deku@example.com' }, nonce: 'login' };
    const state = stateOf({ createdAt: at, refreshedAt: at, current });
    const presented = { type: 'completed', result: { type: 'presented' } };
    expect(run(state, refresh('a', PHONE, 0))).toEqual({ state, outcome: presented });
    const optingIn = run(state, refresh('a', PHONE, 0, { key: 'key' }));
    expect(optingIn.outcome).toMatchObject(completed(1, 'a'));
    expect(run({ ...state, claims: { email: 'new' } }, refresh('a', PHONE, 0)).outcome).toMatchObject(
      completed(1, 'a'),
    );
  });

  it('creates the session of a token issued by Django', () => {
    const { state, outcome } = run(stateOf(), refresh('a', LEGACY, 0));
    expect(outcome).toMatchObject(completed(1, 'a'));
    expect(state.sessions.get(LEGACY)).toMatchObject({ generation: 1, previous: undefined });
  });
});

describe('repeated refresh', () => {
  it.each([MACHINE_RULES, ALWAYS])('returns the same successor with detection $reuseDetection', (rules) => {
    const state = refreshedState(1);
    const { state: after, outcome } = run(state, refresh('b', PHONE, 0), rules);
    expect(outcome).toMatchObject(completed(1, 'refresh 0'));
    expect(after).toBe(state);
  });

  it('returns the successor of a lost response even if it has been refreshed since, with reuse detection', () => {
    const { outcome } = run(refreshedState(2), refresh('refresh 0', PHONE, 0), ALWAYS);
    expect(outcome).toMatchObject(completed(1, 'refresh 0'));
  });
});

describe('refresh of an older token', () => {
  it('returns the current token and changes nothing, without reuse detection', () => {
    const state = refreshedState(3);
    for (const generation of [0, 1, 2]) {
      const { state: after, outcome } = run(state, refresh('b', PHONE, generation));
      expect(outcome).toMatchObject(completed(3, 'refresh 2'));
      expect(after).toBe(state);
    }
  });

  it('ends the session, with reuse detection', () => {
    const { state, outcome } = run(refreshedState(2), refresh('b', PHONE, 0), ALWAYS);
    expect(outcome).toEqual(refused('refresh_reuse'));
    expect([...state.sessions.keys()]).toEqual([TABLET]);
    expect(run(state, refresh('c', PHONE, 2), ALWAYS).outcome).toEqual(refused('token_revoked'));
  });
});

describe('refresh', () => {
  it.each([
    ['is rejected for an unknown generation, after the table was restored', 'token_revoked', stateOf(), 1],
    [
      'is rejected for a disabled account',
      'user_disabled',
      { ...stateOf(), account: { ...stateOf().account, isActive: false } },
      0,
    ],
    [
      'is rejected for another user id',
      'user_not_found',
      { ...stateOf(), account: { ...stateOf().account, id: OWNER.userId + 1 } },
      0,
    ],
  ])('%s', (_, code, state, generation) => {
    expect(run(state, refresh('a', PHONE, generation)).outcome).toEqual(refused(code));
  });

  it('is rejected for a revoked token issued by Django', () => {
    const { state } = run(stateOf(), { type: 'change', change: endSession(LEGACY) });
    expect(run(state, refresh('a', LEGACY, 0)).outcome).toEqual(refused('token_revoked'));
    const all = { type: 'end_all', revokedBefore: NOW_S } as const;
    const { state: none } = run(stateOf(), { type: 'change', change: all });
    expect(run(none, refresh('a', LEGACY, 0)).outcome).toEqual(refused('token_revoked'));
  });
});

describe('login', () => {
  const rules = { ...MACHINE_RULES, sessionsPerUser: 2 };
  const login: SessionEvent = { type: 'login', sid: NEW, session: sessionOf() };

  it('replaces the least recently used session of an account at its limit', () => {
    const { state, outcome } = run(refreshedState(1), login, rules);
    expect(outcome).toEqual({ type: 'changed' });
    expect([...state.sessions.keys()]).toEqual([PHONE, NEW]);
  });

  it('evicts at most a hundred sessions in its write, of which more may have expired', () => {
    const current = { expiresAt: NOW_S - 1, claims: { email: 'deku@example.com' }, nonce: 'login' };
    const expired = Array.from({ length: 200 }, (_, one) => [`${one}`, sessionOf({ current })] as const);
    const state = { ...stateOf(), sessions: new Map(expired) };
    const added = { sid: NEW, session: sessionOf(), legacy: undefined };
    const change = planInsert(state, added, { ...rules, sessionsPerUser: 100 }, NOW_S, false);
    expect(change.evicted.size).toBe(100);
    const { sessions } = applyChange(state, change) ?? stateOf();
    expect(sessions.size).toBe(101);
    expect(sessions.has(NEW)).toBe(true);
  });

  it('is followed by an eviction if its session exceeds the limit', () => {
    const { state } = run(refreshedState(1), login);
    const change = planEviction(state, rules, NOW_S);
    if (change === undefined) throw new Error('nothing to evict');
    expect([...run(state, { type: 'change', change }).state.sessions.keys()]).toEqual([PHONE, TABLET]);
  });
});
