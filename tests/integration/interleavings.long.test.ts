import { describe, expect, it } from 'vitest';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { exploreSession, TOKENS, useInterleavedSession } from '../support/interleaved-session.ts';

useInterleavedSession();

describe.each(TOKENS)('in every order of calls, %s', { timeout: LONG_TEST_MS }, (_, tokenOf) => {
  it('is refreshed three times, logged out, its password changed, its user disabled, and an answer lost', async () => {
    const all = ['first', 'second', 'third', 'logout', 'passwordChange', 'disabling'] as const;
    const { histories } = await exploreSession(tokenOf(), all, 1);
    expect(histories).toBeGreaterThan(100);
  });
});
