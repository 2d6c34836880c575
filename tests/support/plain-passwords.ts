import type { ThrottleSettings } from '../../lib/throttling/throttle.ts';
import type { PasswordChecker } from '../../lib/users/login.ts';

/** Passwords that are their own hashes: hashing has tests of its own, and would take all the time of those that use this. */
export const plainPasswords: PasswordChecker = {
  verify: async (encoded, password) => (encoded === password ? 'match' : 'mismatch'),
  hash: async (password) => password,
  needsRehash: () => false,
  hasCurrentCost: () => true,
  hashDummy: async () => {},
};

const unlimited = { failures: 999_999, seconds: 900 };

/** Limits that no test reaches. */
export const UNTHROTTLED: ThrottleSettings = {
  pair: unlimited,
  network: unlimited,
  accountFailures: 999_999,
};
