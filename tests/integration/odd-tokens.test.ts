import { afterAll, beforeAll, expect, it } from 'vitest';
import { createUserRepository } from '../../lib/wiring.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { createService, type Reply, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { plainPasswords } from '../support/plain-passwords.ts';

const PASSWORD = 'Plus-Ultra-2019';
const NOW = Date.UTC(2026, 0, 1);

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.remove());

const SID = 'AAAAAAAAAAAAAAAAAAAAAA';
const oddities: Record<string, unknown>[] = [
  { orig_iat: 1e300 },
  { orig_iat: -1e300 },
  { orig_iat: -1 },
  { orig_iat: 0.5 },
  { orig_iat: NOW / 1000 + 0.5 },
  { orig_iat: Number.MAX_SAFE_INTEGER },
  { orig_iat: undefined },
  { exp: Number.MAX_SAFE_INTEGER },
  { exp: 1e300 },
  { exp: NOW / 1000 + 0.25 },
  { sid: SID, gen: 0 },
  { sid: SID, gen: Number.MAX_SAFE_INTEGER },
  { sid: 'django-1-AAAAAAAAAAAAAAAAAAAAAA', gen: 1 },
  { sid: '__proto__'.repeat(3), gen: 0 },
];

it.each(oddities)(
  'responds without a 5xx on every route to a correctly signed token with %j',
  async (claims) => {
    const username = `user-${oddities.indexOf(claims)}`;
    const user = userOf({ id: 1, username, password: PASSWORD });
    await createUserRepository(table).create(user);
    const service = createService(table, { clock: () => NOW, passwords: plainPasswords });
    const token = djangoToken(user, { at: NOW, ...claims });
    const call = (name: 'sessions' | 'session' | 'account' | 'posts', method: string, options = {}) =>
      service.call(name, method, `JWT ${token}`, options);
    const replies: Reply[] = [
      await service.post('verify', { token }),
      await call('posts', 'GET'),
      await call('account', 'GET'),
      await call('sessions', 'GET'),
      await call('session', 'DELETE', { pathParameters: { sid: '__proto__' } }),
      await service.call('password', 'POST', `JWT ${token}`, {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ current_password: PASSWORD, new_password: 'a whole new passphrase' }),
      }),
      await call('sessions', 'DELETE'),
      await call('sessions', 'GET'),
      await service.post('refresh', { token }),
      await service.post('refresh', { token }),
      await call('sessions', 'DELETE', { query: { current: 'true' } }),
      await service.post('revoke', { token }),
      await service.post('refresh', { token }),
    ];
    for (const { status } of replies) expect(status).toBeLessThan(500);
    const fresh = tokenOf(await service.post('obtain', { username, password: 'a whole new passphrase' }));
    const again = tokenOf(await service.post('obtain', { username, password: PASSWORD }));
    expect([fresh, again].filter((one) => one !== '')).toHaveLength(1);
  },
);
