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
  stateOf,
  TABLET,
} from './machine-clients.ts';
import { type Client, exploreMachine, type Moment, textOf } from './machine-interleavings.ts';

export const REFRESHES = ['first', 'second', 'third', 'copy', 'tablet'];
const sidOf = (name: string, sid: string) => (name === 'tablet' ? TABLET : sid);
const messageOf = ({ endings, writers }: Moment) => JSON.stringify([[...endings], writers]);
export const resultOf = ({ endings }: Moment, name: string) => {
  const ending = endings.get(name);
  return ending?.type === 'completed' ? ending.result : undefined;
};
export const codeOf = ({ endings }: Moment, name: string) => {
  const ending = endings.get(name);
  return ending?.type === 'refused' ? ending.code : undefined;
};
const revocationsIn = ({ writers }: Moment) => REVOCATIONS.filter((name) => writers.includes(name));
export const hasReuse = (end: Moment) => REFRESHES.some((name) => codeOf(end, name) === 'refresh_reuse');

/** Fails for an end that breaks a rule. Calling `expect` for each of the ends would take most of the time. */
export function assertRule(isKept: boolean, rule: string, end: Moment): void {
  if (!isKept) expect.fail(`${rule}: ${messageOf(end)}`);
}

/** Holds with and without reuse detection: no fork, and no token after a revocation. */
export function assertSound(end: Moment, sid: string): void {
  const tokens = new Map<string, string>();
  for (const name of REFRESHES) {
    const result = resultOf(end, name);
    if (result !== undefined) {
      const position = `${sidOf(name, sid)} ${result.generation}`;
      const token = textOf(result.issued);
      assertRule((tokens.get(position) ?? token) === token, 'one token for each generation', end);
      tokens.set(position, token);
    }
    const began = end.began.get(name);
    const hadEnded = began !== undefined && isRevokedIn(began, sidOf(name, sid));
    assertRule(!hadEnded || result === undefined, `${name} receives no token after a revocation`, end);
  }
  const isRevoked = revocationsIn(end).length > 0;
  assertRule(!isRevoked || !end.state.sessions.has(sid), 'no session after a revocation', end);
}

const isRevokedIn = ({ sessions, revoked }: Moment['state'], sid: string): boolean =>
  sid === LEGACY ? revoked.sids.has(sid) || revoked.before !== undefined : !sessions.has(sid);

/** Without reuse detection, only a revocation logs a client out. */
export function assertNoLogout(end: Moment, sid: string): void {
  assertSound(end, sid);
  const isRevoked = revocationsIn(end).length > 0;
  for (const name of REFRESHES) {
    const code = codeOf(end, name);
    const isExpected = code === undefined || (code === 'token_revoked' && isRevoked);
    assertRule(isExpected, `${name} is refused only after a revocation`, end);
  }
  const hasChanged = REFRESHES.some((name) => name !== 'tablet' && end.writers.includes(name));
  const isKept = !hasChanged || isRevoked || end.state.sessions.has(sid);
  assertRule(isKept, 'a session without a revocation stays', end);
}

/** With reuse detection, a refresh by an ancestor of the current token is refused and ends the session. */
export function assertReuseDetected(end: Moment, sid: string): void {
  assertSound(end, sid);
  const isReused = (end.began.get('copy')?.sessions.get(sid)?.generation ?? 0) >= 2;
  assertRule(!isReused || resultOf(end, 'copy') === undefined, 'no ancestor is refreshed', end);
  const isDetected = !isReused || revocationsIn(end).length > 0 || codeOf(end, 'copy') === 'refresh_reuse';
  assertRule(isDetected, 'the reuse of an ancestor is refused as such', end);
  assertRule(!hasReuse(end) || !end.state.sessions.has(sid), 'no session after reuse', end);
}

interface Policy {
  readonly reuseDetection: ReuseDetection;
  readonly session: Partial<Session>;
  readonly key?: string;
}
export const LENIENT: [string, Policy][] = [
  ['no client opted in', { reuseDetection: 'auto', session: {} }],
  ['detection is never', { reuseDetection: 'never', session: { isOptedIn: true }, key: 'key' }],
];
export const STRICT: [string, Policy][] = [
  ['the client opted in', { reuseDetection: 'auto', session: { isOptedIn: true } }],
  ['the client opts in by these refreshes', { reuseDetection: 'auto', session: {}, key: 'key' }],
  ['detection is always', { reuseDetection: 'always', session: {} }],
];

export const SIDS: [string, string][] = [
  ['a session', PHONE],
  ['a token issued by Django', LEGACY],
];

/** Explores the refreshes of a session, except for the omitted one, the refresh of another device, and revocations. */
export function explore(
  policy: Policy,
  sid: string,
  others: readonly Client[],
  check: (end: Moment) => void,
  omitted?: string,
) {
  const { reuseDetection, session, key } = policy;
  const clients = [...refreshesOf(sid, key).filter(({ name }) => name !== omitted), ...others];
  const rules = { ...MACHINE_RULES, reuseDetection };
  return exploreMachine({ start: stateOf(session), clients, rules, lost: 1, check });
}

/** Before its first refresh, a token issued by Django has no session that could have opted in. */
export const strictFor = (sid: string) =>
  STRICT.filter(([, { session }]) => sid !== LEGACY || !session.isOptedIn);

/**
 * Declares the tests of refreshes and revocations in every order.
 *
 * @param count the number of refreshes of the session, in words
 * @param omitted the name of the refresh that is omitted
 */
export function describeRevocations(count: string, omitted?: string): void {
  describe.each(SIDS)(`every order of ${count} refreshes of %s`, { timeout: LONG_TEST_MS }, (_, sid) => {
    const revocations = [logoutOf(sid), logoutEverywhere];

    it.each(LENIENT)('returns no token after a revocation if %s', (_name, policy) => {
      for (const revocation of revocations) {
        const others = [refreshOfTablet, revocation];
        const moments = explore(policy, sid, others, (end) => assertNoLogout(end, sid), omitted);
        expect(moments).toBeGreaterThan(omitted === undefined ? 1000 : 100);
      }
    });

    it.each(strictFor(sid))('returns no token after a revocation or reuse if %s', (_name, policy) => {
      for (const revocation of revocations) {
        const others = [refreshOfTablet, revocation];
        const moments = explore(policy, sid, others, (end) => assertReuseDetected(end, sid), omitted);
        expect(moments).toBeGreaterThan(omitted === undefined ? 1000 : 100);
      }
    });
  });
}
