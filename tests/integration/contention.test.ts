import { describe, expect, it } from 'vitest';
import { createThrottle } from '../../lib/wiring.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { createService } from '../../tools/harness/service.ts';
import { post, SESSIONS, statusesOf, together, useFullUsers } from '../support/contention.ts';
import { plainPasswords, UNTHROTTLED } from '../support/plain-passwords.ts';
import { UNLIMITED_RETRIES } from '../support/retry-timing.ts';

const { assertLogins, clock, fullUser, table } = useFullUsers();

describe('fifty concurrent logins of a user with twenty sessions', () => {
  // The long tier computes the hashes, and has the default limits, as tests/e2e/sessions.test.ts does.
  it('all succeed and leave twenty of the new sessions', () => assertLogins(plainPasswords));
});

it('fifty concurrent first refreshes of tokens issued by Django succeed and leave twenty sessions', async () => {
  const service = createService(table(), {
    passwords: plainPasswords,
    throttling: UNTHROTTLED,
    clock,
    retryTiming: UNLIMITED_RETRIES,
  });
  const { user, sids } = await fullUser(plainPasswords, service);
  const at = clock() - 60_000;
  const replies = await together((index) =>
    post(service, 'refresh', { token: djangoToken(user, { at: at - index * 1000 }) }),
  );
  expect(statusesOf(replies)).toEqual([200]);
  expect(await sids()).toHaveLength(SESSIONS);
});

it('allows as many concurrent attempts as consecutive failures are allowed', async () => {
  const settings = { ...UNTHROTTLED, accountFailures: 3 };
  const throttle = createThrottle({ table: table(), settings: { throttle: settings }, clock });
  const results = await together((index) =>
    throttle.attempt(
      { username: 'one', address: `10.0.0.${index}`, device: undefined },
      {
        find: async () => undefined,
        recognize: () => ({ network: false, device: false }),
        check: async () => ({ kind: 'wrong', refusal: undefined }),
      },
    ),
  );
  expect(results.filter(({ kind }) => kind === 'wrong')).toHaveLength(settings.accountFailures);
});
