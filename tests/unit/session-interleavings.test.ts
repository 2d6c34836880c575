import { describe, expect, it } from 'vitest';
import type { ReuseDetection, Session } from '../../lib/sessions/session.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import {
  LEGACY,
  logoutEverywhere,
  logoutOf,
  MACHINE_RULES,
  PHONE,
  REVOCATIONS,
  refreshesOf,
  refreshOfTablet,
  requestOf,
  stateOf,
  TABLET,
} from '../support/machine-clients.ts';
import { type Client, exploreMachine, type Moment, textOf } from '../support/machine-interleavings.ts';

const REFRESHES = ['first', 'second', 'third', 'copy', 'tablet'];
const sidOf = (name: string, sid: string) => (name === 'tablet' ? TABLET : sid);
const messageOf = ({ endings, writers }: Moment) => JSON.stringify([[...endings], writers]);
const answerOf = ({ endings }: Moment, name: string) => {
  const ending = endings.get(name);
  return ending?.type === 'answered' ? ending.answer : undefined;
};
const codeOf = ({ endings }: Moment, name: string) => {
  const ending = endings.get(name);
  return ending?.type === 'refused' ? ending.code : undefined;
};
const revocationsIn = ({ writers }: Moment) => REVOCATIONS.filter((name) => writers.includes(name));
const hasReuse = (end: Moment) => REFRESHES.some((name) => codeOf(end, name) === 'refresh_reuse');

/** Holds with and without reuse detection: no fork, and no token after a revocation. */
function assertSound(end: Moment, sid: string): void {
  const message = messageOf(end);
  const tokens = new Map<string, string>();
  for (const name of REFRESHES) {
    const answer = answerOf(end, name);
    if (answer !== undefined) {
      const position = `${sidOf(name, sid)} ${answer.generation}`;
      const token = textOf(answer.issued);
      expect(tokens.get(position) ?? token, `one token for each generation: ${message}`).toBe(token);
      tokens.set(position, token);
    }
    const began = end.began.get(name);
    const hadEnded = began !== undefined && isRevokedIn(began, sidOf(name, sid));
    if (hadEnded) expect(answer, `a token after a revocation: ${message}`).toBeUndefined();
  }
  if (revocationsIn(end).length > 0) expect(end.state.sessions.has(sid), message).toBe(false);
}

const isRevokedIn = ({ sessions, revoked }: Moment['state'], sid: string): boolean =>
  sid === LEGACY ? revoked.sids.has(sid) || revoked.before !== undefined : !sessions.has(sid);

/** Without reuse detection, only a revocation logs a client out. */
function assertNoLogout(end: Moment, sid: string): void {
  assertSound(end, sid);
  const message = messageOf(end);
  for (const name of REFRESHES) {
    const code = codeOf(end, name);
    if (code === undefined) continue;
    expect(code, message).toBe('token_revoked');
    expect(revocationsIn(end), `${name} was refused without a revocation: ${message}`).not.toEqual([]);
  }
  const hasChanged = REFRESHES.some((name) => name !== 'tablet' && end.writers.includes(name));
  if (hasChanged && revocationsIn(end).length === 0) expect(end.state.sessions.has(sid), message).toBe(true);
}

/** With reuse detection, a refresh by an ancestor of the current token is refused and ends the session. */
function assertReuseDetected(end: Moment, sid: string): void {
  assertSound(end, sid);
  const message = messageOf(end);
  const isReused = (end.began.get('copy')?.sessions.get(sid)?.generation ?? 0) >= 2;
  if (isReused) expect(answerOf(end, 'copy'), `an ancestor was refreshed: ${message}`).toBeUndefined();
  if (isReused && revocationsIn(end).length === 0) expect(codeOf(end, 'copy'), message).toBe('refresh_reuse');
  if (hasReuse(end)) expect(end.state.sessions.has(sid), `a session after reuse: ${message}`).toBe(false);
}

interface Policy {
  readonly reuseDetection: ReuseDetection;
  readonly session: Partial<Session>;
  readonly key?: string;
}
const LENIENT: [string, Policy][] = [
  ['no client opted in', { reuseDetection: 'auto', session: {} }],
  ['detection is never', { reuseDetection: 'never', session: { isOptedIn: true }, key: 'key' }],
];
const STRICT: [string, Policy][] = [
  ['the client opted in', { reuseDetection: 'auto', session: { isOptedIn: true } }],
  ['the client opts in by these refreshes', { reuseDetection: 'auto', session: {}, key: 'key' }],
  ['detection is always', { reuseDetection: 'always', session: {} }],
];

const SIDS: [string, string][] = [
  ['a session', PHONE],
  ['a token issued by Django', LEGACY],
];

/** Explores four refreshes of a session, the refresh of another device, and revocations. */
function explore(policy: Policy, sid: string, others: readonly Client[], check: (end: Moment) => void) {
  const { reuseDetection, session, key } = policy;
  const clients = [...refreshesOf(sid, key), ...others];
  const rules = { ...MACHINE_RULES, reuseDetection };
  return exploreMachine({ start: stateOf(session), clients, rules, lost: 1, check });
}

describe.each(SIDS)('every order of four refreshes of %s', { timeout: LONG_TEST_MS }, (_, sid) => {
  const revocations = [logoutOf(sid), logoutEverywhere];
  // Before its first refresh, a token issued by Django has no session that could have opted in.
  const strict = STRICT.filter(([, { session }]) => sid !== LEGACY || !session.isOptedIn);

  it.each(LENIENT)('logs no client out if %s', (_name, policy) => {
    let ends = 0;
    explore(policy, sid, [refreshOfTablet], (end) => {
      ends += 1;
      assertNoLogout(end, sid);
      const sent = REFRESHES.filter((name) => end.endings.get(name)?.type !== 'died');
      for (const name of sent) expect(answerOf(end, name), messageOf(end)).toBeDefined();
    });
    expect(ends).toBeGreaterThan(50);
  });

  it.each(LENIENT)('returns no token after a revocation if %s', (_name, policy) => {
    for (const revocation of revocations) {
      const others = [refreshOfTablet, revocation];
      const moments = explore(policy, sid, others, (end) => assertNoLogout(end, sid));
      expect(moments).toBeGreaterThan(1000);
    }
  });

  it.each(strict)('ends the session when an ancestor is reused if %s', (_name, policy) => {
    const outcomes = new Set<boolean>();
    explore(policy, sid, [refreshOfTablet], (end) => {
      assertReuseDetected(end, sid);
      outcomes.add(hasReuse(end));
      expect(end.state.sessions.has(TABLET), messageOf(end)).toBe(true);
      if (!hasReuse(end))
        expect(REFRESHES.map((name) => codeOf(end, name)).join(''), messageOf(end)).toBe('');
    });
    expect(outcomes).toEqual(new Set([true, false]));
  });

  it.each(strict)('returns no token after a revocation or reuse if %s', (_name, policy) => {
    for (const revocation of revocations) {
      const others = [refreshOfTablet, revocation];
      const moments = explore(policy, sid, others, (end) => assertReuseDetected(end, sid));
      expect(moments).toBeGreaterThan(1000);
    }
  });
});

describe('every order of refreshes without a second copy', () => {
  it.each(STRICT)('rejects none if %s', (_name, { reuseDetection, session, key }) => {
    const clients = refreshesOf(PHONE, key).filter(({ name }) => name !== 'copy');
    const rules = { ...MACHINE_RULES, reuseDetection };
    const check = (end: Moment) => {
      for (const name of REFRESHES) expect(codeOf(end, name), messageOf(end)).toBeUndefined();
    };
    exploreMachine({ start: stateOf(session), clients, rules, lost: 2, check });
  });
});

describe('client that opts in to reuse detection while others refresh', () => {
  it('is protected from the token that it receives onwards', () => {
    const [first, , third, copy] = refreshesOf(PHONE);
    if (first === undefined || third === undefined || copy === undefined) throw new Error('no clients');
    const optingIn: Client = {
      ...third,
      after: ['first'],
      begin: () => ({ refresh: requestOf('third', PHONE, 1, { second: 3, key: 'key' }) }),
    };
    const clients = [{ ...first, losesResponses: false }, optingIn, copy];
    const check = (end: Moment) => {
      const isOptedIn = end.began.get('copy')?.sessions.get(PHONE)?.isOptedIn;
      if (isOptedIn) expect(codeOf(end, 'copy'), messageOf(end)).toBe('refresh_reuse');
      assertSound(end, PHONE);
    };
    exploreMachine({ start: stateOf(), clients, rules: MACHINE_RULES, lost: 1, check });
  });
});
