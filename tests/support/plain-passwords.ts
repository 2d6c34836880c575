import type { ThrottleSettings } from '../../lib/throttling/throttle.ts';
import type { PasswordChecker } from '../../lib/users/password-check.ts';

/**
 * Passwords that are their own hashes. Real hashing has its own tests and would dominate the duration of tests that use
 * this.
 */
export const plainPasswords: PasswordChecker = {
  verify: async (encoded, password) => (encoded === password ? 'match' : 'mismatch'),
  hash: async (password) => password,
  needsRehash: () => false,
  hasCurrentCost: () => true,
  hashDummy: async () => {},
};

const unlimited = { failures: 999_999, seconds: 900 };

/** Limits that the tests do not reach. */
export const UNTHROTTLED: ThrottleSettings = {
  pair: unlimited,
  network: unlimited,
  accountFailures: 999_999,
};
