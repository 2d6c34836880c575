import { expect, it } from 'vitest';
import { createPasswords } from '../../lib/wiring.ts';
import { createService, THROTTLE } from '../../tools/harness/service.ts';
import { statusesOf, together, useFullUsers } from '../support/contention.ts';
import { plainPasswords } from '../support/plain-passwords.ts';
import { UNLIMITED_RETRIES } from '../support/retry-timing.ts';

const { assertLogins, clock, fullUser, table } = useFullUsers();

it('fifty concurrent logins that compute hashes all succeed and leave twenty of the new sessions', () =>
  assertLogins(createPasswords()));

it('fifty concurrent logins of a user with twenty sessions succeed or are throttled with the default limits', async () => {
  const service = createService(table(), {
    passwords: plainPasswords,
    throttling: THROTTLE,
    clock,
    retryTiming: UNLIMITED_RETRIES,
  });
  const { logIn } = await fullUser(plainPasswords, service);
  const replies = await together(logIn);
  expect(statusesOf(replies)).toEqual([200, 429]);
});
