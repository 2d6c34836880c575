import { describe, expect, it } from 'vitest';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { exploreSession, TOKENS, useInterleavedSession } from '../support/interleaved-session.ts';

useInterleavedSession();

describe.each(TOKENS)('every order of calls for %s', { timeout: LONG_TEST_MS }, (_, tokenOf) => {
  it('keeps the rules with three refreshes, a logout, a password change, a disabled user and a lost response', async () => {
    const all = ['first', 'second', 'third', 'logout', 'passwordChange', 'disabling'] as const;
    const { histories } = await exploreSession(tokenOf(), all, 1);
    expect(histories).toBeGreaterThan(100);
  });
});
