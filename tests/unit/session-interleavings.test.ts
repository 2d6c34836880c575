import { describe, expect, it } from 'vitest';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import {
  MACHINE_RULES,
  PHONE,
  refreshesOf,
  refreshOfTablet,
  requestOf,
  stateOf,
  TABLET,
} from '../support/machine-clients.ts';
import { type Client, exploreMachine, type Moment } from '../support/machine-interleavings.ts';
import {
  assertNoLogout,
  assertReuseDetected,
  assertRule,
  assertSound,
  codeOf,
  describeRevocations,
  explore,
  hasReuse,
  LENIENT,
  REFRESHES,
  resultOf,
  SIDS,
  STRICT,
  strictFor,
} from '../support/session-orders.ts';

describe.each(SIDS)('every order of four refreshes of %s', { timeout: LONG_TEST_MS }, (_, sid) => {
  it.each(LENIENT)('logs no client out if %s', (_name, policy) => {
    let ends = 0;
    explore(policy, sid, [refreshOfTablet], (end) => {
      ends += 1;
      assertNoLogout(end, sid);
      const sent = REFRESHES.filter((name) => end.endings.get(name)?.type !== 'died');
      for (const name of sent) assertRule(resultOf(end, name) !== undefined, `${name} receives a token`, end);
    });
    expect(ends).toBeGreaterThan(50);
  });

  it.each(strictFor(sid))('ends the session when an ancestor is reused if %s', (_name, policy) => {
    const outcomes = new Set<boolean>();
    explore(policy, sid, [refreshOfTablet], (end) => {
      assertReuseDetected(end, sid);
      outcomes.add(hasReuse(end));
      assertRule(end.state.sessions.has(TABLET), 'the session of the tablet stays', end);
      const isRefused = REFRESHES.some((name) => codeOf(end, name) !== undefined);
      assertRule(hasReuse(end) || !isRefused, 'no refresh is refused without reuse', end);
    });
    expect(outcomes).toEqual(new Set([true, false]));
  });
});

// The long tier explores all four.
describeRevocations('three', 'third');

describe('every order of refreshes without a second copy', () => {
  it.each(STRICT)('rejects none if %s', (_name, { reuseDetection, session, key }) => {
    const clients = refreshesOf(PHONE, key).filter(({ name }) => name !== 'copy');
    const rules = { ...MACHINE_RULES, reuseDetection };
    const check = (end: Moment) => {
      for (const name of REFRESHES)
        assertRule(codeOf(end, name) === undefined, `${name} is not refused`, end);
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
      assertRule(!isOptedIn || codeOf(end, 'copy') === 'refresh_reuse', 'the copy is refused', end);
      assertSound(end, PHONE);
    };
    exploreMachine({ start: stateOf(), clients, rules: MACHINE_RULES, lost: 1, check });
  });
});
