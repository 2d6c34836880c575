import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { userAttributes } from '../../lib/dynamodb/user-item.ts';
import { createPasswords } from '../../lib/wiring.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { createService, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';

const PASSWORD = 'Plus-Ultra-2019';
const NOW = Date.UTC(2026, 0, 2);
const LOGIN_S = NOW / 1000 - 86_400;
const SID = 'AAAAAAAAAAAAAAAAAAAAAA';

let table: TestTable;
let hash = '';
let user: ReturnType<typeof userOf>;
let service: ReturnType<typeof createService>;

beforeAll(async () => {
  table = await createTestTable();
  hash = await createPasswords().hash(PASSWORD);
  service = createService(table, { clock: () => NOW });
});
afterAll(() => table.remove());

/** A session exactly as version 0.1 stored it after one refresh. The e-mail address of its user has changed since. */
beforeEach(async () => {
  user = userOf({ password: hash, email: 'new@example.com', isStaff: true });
  const session = {
    generation: 1,
    created_at: LOGIN_S * 1000,
    refreshed_at: LOGIN_S * 1000 + 5000,
    refreshable_until: LOGIN_S + 2_419_200,
    exp: LOGIN_S + 5 + 604_800,
    email: 'current@example.com',
    nonce: 'current',
    previous_exp: LOGIN_S + 604_800,
    previous_email: 'previous@example.com',
    previous_nonce: 'previous',
    device: 'phone',
    address: '203.0.113.7',
  };
  const attributes = { ...userAttributes({ user, imported: undefined }), sessions: { [SID]: session } };
  await table.client.send(
    new PutCommand({ TableName: table.name, Item: { pk: `USER#${user.username}`, ...attributes } }),
  );
});

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const tokenAt = (gen: number, email: string) =>
  djangoToken({ ...user, email }, { at: LOGIN_S * 1000, exp: LOGIN_S + gen * 5 + 604_800, sid: SID, gen });
const refreshed = async (token: string) => tokenOf(await service.post('refresh', { token }));

describe('session stored by an earlier version', () => {
  it('returns its current token with the same bytes, signed from the stored claims', async () => {
    const current = tokenAt(1, 'current@example.com');
    expect(await refreshed(tokenAt(0, 'previous@example.com'))).toBe(current);
    expect((await service.post('verify', { token: current })).status).toBe(200);
  });

  it('is refreshed with the claims of the account', async () => {
    const current = tokenAt(1, 'current@example.com');
    const successor = await refreshed(current);
    expect(claimsOf(successor)).toMatchObject({ gen: 2, email: user.email, orig_iat: LOGIN_S });
    expect(await refreshed(current)).toBe(successor);
    expect(claimsOf(await refreshed(successor))).toMatchObject({ gen: 3, email: user.email });
  });
});
