import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { UserRepository } from '../../lib/dynamodb/users.ts';
import type { User } from '../../lib/users/user.ts';
import { createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { callsDuring } from '../../tools/harness/calls.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { createService, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';

const PASSWORD = 'Plus-Ultra-2019';
const NEW = 'un mot de passe bien à moi';
const ALL = { query: { current: 'true' } };
const JSON_TYPE = { 'Content-Type': 'application/json' };

let table: TestTable;
let users: UserRepository;
let hash = '';
let count = 0;
let now = Date.UTC(2026, 0, 1);
let user: User;
let service: ReturnType<typeof createService>;

beforeAll(async () => {
  table = await createTestTable();
  users = createUserRepository(table);
  hash = await createPasswords().hash(PASSWORD);
});
afterAll(() => table.remove());
beforeEach(async () => {
  count += 1;
  user = userOf({ id: count, username: `user-${count}`, password: hash });
  await users.create(user);
  service = createService(table, { clock: () => now });
});

const logIn = async (password = PASSWORD) => {
  now += 2000;
  return service.post('obtain', { username: user.username, password });
};
const change = (token: string, current: unknown, replacement: unknown) =>
  service.call('password', 'POST', `JWT ${token}`, {
    headers: JSON_TYPE,
    body: JSON.stringify({ current_password: current, new_password: replacement }),
  });
const statusOf = async (token: string) => (await service.getPosts(`JWT ${token}`)).status;

describe('POST /api/account/password/', () => {
  it('changes the password of the caller and ends all other sessions', async () => {
    const other = tokenOf(await logIn());
    const legacy = djangoToken(user, { at: now });
    const token = tokenOf(await logIn());
    expect((await change(token, PASSWORD, NEW)).status).toBe(204);
    expect([await statusOf(token), await statusOf(other), await statusOf(legacy)]).toEqual([200, 401, 401]);
    expect((await logIn()).status).toBe(400);
    expect((await logIn(NEW)).status).toBe(200);
    expect((await service.post('refresh', { token })).status).toBe(200);
  });

  it.each<[string, (token: string) => Promise<unknown>]>([
    ['a logout', (token) => service.post('revoke', { token })],
    ['the end of all sessions', (token) => service.call('sessions', 'DELETE', `JWT ${token}`, ALL)],
  ])('does not restore a token issued by Django that was revoked concurrently by %s', async (_, end) => {
    now += 2000;
    const token = djangoToken(user, { at: now });
    now += 2000;
    const real = createPasswords();
    const passwords = {
      verify: real.verify.bind(real),
      needsRehash: real.needsRehash.bind(real),
      hasCurrentCost: real.hasCurrentCost.bind(real),
      hashDummy: real.hashDummy.bind(real),
      // Between the read and the write.
      hash: async (password: string) => {
        await end(token);
        return real.hash(password);
      },
    };
    const slow = createService(table, { clock: () => now, passwords });
    const body = JSON.stringify({ current_password: PASSWORD, new_password: NEW });
    await slow.call('password', 'POST', `JWT ${token}`, { headers: JSON_TYPE, body });
    expect(await statusOf(token)).toBe(401);
    expect((await service.post('verify', { token })).status).toBe(400);
    expect((await service.post('refresh', { token })).status).toBe(400);
  });

  it('changes the password and ends the sessions in one write', async () => {
    const token = tokenOf(await logIn());
    const calls = await callsDuring(table, () => change(token, PASSWORD, NEW));
    // The read by the authorizer, the read, the call that counts, the one that removes, and the write.
    expect(calls.filter((call) => call === 'GetItem')).toHaveLength(2);
    expect(calls.at(-1)).toBe('UpdateItem');
    expect(calls).toHaveLength(5);
  });

  it('accepts a token issued by Django, which then has a session', async () => {
    const token = djangoToken(user, { at: now });
    expect((await change(token, PASSWORD, NEW)).status).toBe(204);
    expect(await statusOf(token)).toBe(200);
  });

  it('requires the current password, whose failures are throttled like those of logins', async () => {
    const token = tokenOf(await logIn());
    for (const _ of Array(10).keys()) {
      expect(await change(token, 'wrong', NEW)).toMatchObject({
        status: 400,
        body: { current_password: ['Invalid password.'] },
      });
    }
    expect(await change(token, PASSWORD, NEW)).toMatchObject({ status: 429, body: { code: 'throttled' } });
    expect(await statusOf(token)).toBe(200);
  });

  it.each([
    ['short', 'This password is too short. It must contain at least 8 characters.'],
    ['x'.repeat(129), 'This password is too long. It must contain at most 128 characters.'],
    ['password1', 'This password is too common.'],
    ['deku@example.com', 'The password is too similar to the email address.'],
    ['Latchkey2026', 'The password is too similar to the name of this service.'],
  ])('rejects the new password %j with the reason', async (replacement, problem) => {
    const token = tokenOf(await logIn());
    expect(await change(token, PASSWORD, replacement)).toMatchObject({
      status: 400,
      body: { new_password: expect.arrayContaining([problem]) },
    });
    expect((await logIn()).status).toBe(200);
  });

  it('accepts the new password in any normalization form, with its leading and trailing white space', async () => {
    const token = tokenOf(await logIn());
    const decomposed = ' Passphrase mit Umlaut: Schlüssel '.normalize('NFD');
    expect((await change(token, PASSWORD, decomposed)).status).toBe(204);
    expect((await logIn(decomposed.normalize('NFC'))).status).toBe(200);
    expect((await logIn(decomposed)).status).toBe(200);
    expect((await logIn(decomposed.trim())).status).toBe(400);
  });

  it('requires both fields', async () => {
    const reply = await service.call('password', 'POST', `JWT ${tokenOf(await logIn())}`);
    expect(reply).toMatchObject({
      status: 400,
      body: { current_password: ['This field is required.'], new_password: ['This field is required.'] },
    });
  });

  it('stores one of two concurrent new passwords and keeps one session', async () => {
    const [first, second] = [tokenOf(await logIn()), tokenOf(await logIn())];
    const replies = await Promise.all([
      change(first, PASSWORD, 'the first one of the two'),
      change(second, PASSWORD, 'the second one of the two'),
    ]);
    expect(replies.filter(({ status }) => status === 204)).toHaveLength(1);
    expect([await statusOf(first), await statusOf(second)].sort()).toEqual([200, 401]);
  });
});
