import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { UserRepository } from '../../lib/dynamodb/users.ts';
import type { SessionRules } from '../../lib/sessions/session.ts';
import type { User } from '../../lib/users/user.ts';
import { createSessionRepository, createUserRepository } from '../../lib/wiring.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { postJson, proxyEvent } from '../../tools/harness/events.ts';
import { createService, type Reply, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { plainPasswords } from '../support/plain-passwords.ts';
import { UNLIMITED_RETRIES } from '../support/retry-timing.ts';

const PASSWORD = 'Plus-Ultra-2019';
const START = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const DAY = 86_400 * SECOND;
/** Headers that opt in to reuse detection. */
const KEY = { 'Idempotency-Key': 'a key' };
const REVOKED_IN_BODY = { status: 400, body: { non_field_errors: ['Token has been revoked.'] } };
const REVOKED_BY_AUTHORIZER = { status: 401, body: { detail: 'Token has been revoked.' } };

let table: TestTable;
let users: UserRepository;
let count = 0;
let now = START;
let user: User;
let service: ReturnType<typeof createService>;

beforeAll(async () => {
  table = await createTestTable();
  users = createUserRepository(table);
});
afterAll(() => table.remove());
beforeEach(async () => {
  count += 1;
  now = START;
  user = userOf({ id: count, username: `user-${count}`, password: PASSWORD });
  await users.create(user);
  service = serviceWith();
});

const serviceWith = (settings: Partial<SessionRules> = {}) =>
  createService(table, {
    clock: () => now,
    settings,
    passwords: plainPasswords,
    retryTiming: UNLIMITED_RETRIES,
  });
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const logIn = async (headers: Record<string, string> = {}, on = service): Promise<string> => {
  const body = { username: user.username, password: PASSWORD };
  const token = tokenOf(await on.invoke('obtain', postJson(body, { headers })));
  // Later than the time during which a token is its own successor.
  now += 2 * SECOND;
  return token;
};
const refresh = async (token: string, headers: Record<string, string> = {}, on = service): Promise<Reply> =>
  on.invoke('refresh', postJson({ token }, { headers }));
const refreshed = async (token: string, headers: Record<string, string> = {}, on = service) =>
  tokenOf(await refresh(token, headers, on));
const sessionsOf = async (token: string) => {
  const { body } = await service.call('sessions', 'GET', `JWT ${token}`);
  if (!Array.isArray(body)) throw new Error(`no list of sessions: ${JSON.stringify(body)}`);
  return body;
};
const stored = async () =>
  (await createSessionRepository(table).findAccountSessions(user.username))?.sessions ?? new Map();
/** Sends a token to verify, refresh and posts. */
const repliesTo = async (token: string) => [
  await service.post('verify', { token }),
  await refresh(token),
  await service.getPosts(`JWT ${token}`),
];
const expectRevoked = async (token: string) =>
  expect(await repliesTo(token)).toMatchObject([REVOKED_IN_BODY, REVOKED_IN_BODY, REVOKED_BY_AUTHORIZER]);

describe('login', () => {
  it('creates a session with an id of 128 random bits and generation 0, both in its token', async () => {
    const [first, second] = [claimsOf(await logIn()), claimsOf(await logIn())];
    expect(Buffer.from(first.sid, 'base64url')).toHaveLength(16);
    expect(first).toMatchObject({ gen: 0, orig_iat: START / 1000 });
    expect(second.sid).not.toBe(first.sid);
    expect([...(await stored()).keys()].sort()).toEqual([first.sid, second.sid].sort());
  });

  it('stores device label and address, truncated', async () => {
    await logIn({ 'User-Agent': 'okhttp/4.9' });
    await logIn({ 'User-Agent': 'okhttp/4.9', 'Latchkey-Device': ' Deku’s phone ' });
    const token = await logIn({ 'Latchkey-Device': '🎉'.repeat(200) });
    expect((await sessionsOf(token)).map(({ device, address }) => [device, address])).toEqual([
      ['🎉'.repeat(100), '203.0.113.7'],
      ['Deku’s phone', '203.0.113.7'],
      ['okhttp/4.9', '203.0.113.7'],
    ]);
  });

  it('evicts the least recently used session at the limit', async () => {
    const on = serviceWith({ sessionsPerUser: 3 });
    const first = await logIn({}, on);
    const second = await logIn({}, on);
    const third = await logIn({}, on);
    const used = await refreshed(first);
    const fourth = await logIn({}, on);
    await expectRevoked(second);
    for (const token of [used, third, fourth])
      expect((await service.post('verify', { token })).status).toBe(200);
    expect((await stored()).size).toBe(3);
  });

  it('does not count expired sessions toward the limit', async () => {
    const on = serviceWith({ sessionsPerUser: 2 });
    await logIn({}, on);
    const kept = await logIn({}, on);
    now += 6 * DAY;
    const used = await refreshed(kept);
    now += 2 * DAY;
    await logIn({}, on);
    await logIn({}, on);
    await expectRevoked(used);
    expect((await stored()).size).toBe(2);
  });

  it('keeps the limit for concurrent logins', async () => {
    const on = serviceWith({ sessionsPerUser: 3 });
    await Promise.all(Array.from({ length: 8 }, () => logIn({}, on)));
    expect((await stored()).size).toBe(3);
  });
});

describe('refresh', () => {
  it('increments the generation and keeps session and orig_iat', async () => {
    const token = await logIn();
    const successor = await refreshed(token);
    expect(claimsOf(successor)).toEqual({
      ...claimsOf(token),
      gen: 1,
      exp: now / 1000 + 7 * 86_400,
    });
    expect(claimsOf(await refreshed(successor)).gen).toBe(2);
  });

  it('takes the claims from the current account and drops unknown claims', async () => {
    const token = djangoToken({ ...user, email: 'old@example.com' }, { at: now, role: 'admin' });
    expect(claimsOf(await refreshed(token))).toEqual({
      user_id: user.id,
      username: user.username,
      exp: now / 1000 + 7 * 86_400,
      email: user.email,
      orig_iat: now / 1000,
      sid: expect.any(String),
      gen: 1,
    });
  });

  it('continues sessions whose tokens have claims in raw UTF-8, as written by an earlier version', async () => {
    user = userOf({ id: count, username: `유저-${count}`, password: PASSWORD });
    await users.create(user);
    const rawOf = (token: string) =>
      djangoToken(user, { at: claimsOf(token).orig_iat * SECOND, ...claimsOf(token) });
    const token = await logIn();
    expect(rawOf(token)).not.toBe(token);
    const successor = await refreshed(rawOf(token));
    expect(await refreshed(token)).toBe(successor);
    // The client may have the successor as signed by the earlier version.
    const raw = rawOf(successor);
    for (const one of [raw, successor]) {
      expect((await service.post('verify', { token: one })).body).toEqual({ token: one });
      expect((await service.getPosts(`JWT ${one}`)).status).toBe(200);
    }
    now += DAY;
    const next = await refreshed(raw);
    expect(claimsOf(next)).toMatchObject({ username: user.username, gen: 2, sid: claimsOf(token).sid });
    expect([await refreshed(raw), await refreshed(successor)]).toEqual([next, next]);
    expect(await stored()).toHaveProperty('size', 1);
  });

  it('returns the same successor to a repeated refresh, byte for byte, even days later', async () => {
    const token = await logIn();
    const successor = await refreshed(token);
    now += 3 * DAY;
    expect(await refreshed(token)).toBe(successor);
    expect(claimsOf(await refreshed(successor)).gen).toBe(2);
  });

  it('returns the same successor to fifty concurrent requests', async () => {
    const token = await logIn();
    const all = await Promise.all(Array.from({ length: 50 }, () => refresh(token)));
    expect(all.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(new Set(all.map(tokenOf)).size).toBe(1);
    expect(tokenOf(all[0] ?? (await refresh(token)))).not.toBe(token);
  });

  it('with an ancestor ends a session that opted in at its login, and is logged', async () => {
    const token = await logIn(KEY);
    const second = await refreshed(token);
    const third = await refreshed(second);
    expect(await refresh(token)).toMatchObject(REVOKED_IN_BODY);
    expect(service.lines.at(-1)).toContain('"outcome":"refresh_reuse"');
    const metric = JSON.parse(service.lines.at(-2) ?? '');
    expect(metric).toMatchObject({
      refresh_reuse: 1,
      _aws: { CloudWatchMetrics: [{ Namespace: 'Latchkey' }] },
    });
    for (const one of [token, second, third]) await expectRevoked(one);
    expect((await stored()).size).toBe(0);
  });

  it('leaves the predecessor valid until it expires, except for refreshing', async () => {
    const token = await logIn();
    await refreshed(await refreshed(token));
    expect((await service.post('verify', { token })).status).toBe(200);
    expect((await service.getPosts(`JWT ${token}`)).status).toBe(200);
  });

  it('returns the token itself within a second of the login, and changes nothing', async () => {
    const body = { username: user.username, password: PASSWORD };
    const token = tokenOf(await service.post('obtain', body));
    now += 999;
    expect(await refreshed(token)).toBe(token);
    now += 1;
    const successor = await refreshed(token);
    expect(claimsOf(successor).gen).toBe(1);
    now += 10;
    expect(claimsOf(await refreshed(successor)).gen).toBe(2);
  });

  it('succeeds until 28 days after the login', async () => {
    const on = serviceWith({ lifetimeSeconds: 40 * 86_400 });
    const token = await logIn({}, on);
    now = START + 28 * DAY;
    const last = await refreshed(token, {}, on);
    expect(claimsOf(last).gen).toBe(1);
    now += SECOND;
    expect(await refresh(last, {}, on)).toMatchObject({
      status: 400,
      body: { non_field_errors: ['Refresh has expired.'] },
    });
  });

  it('of an expired token succeeds only if the setting allows it, until 28 days after the login', async () => {
    const on = serviceWith({ refreshAfterExpiry: true });
    const token = await logIn({}, on);
    now += 20 * DAY;
    expect(await refresh(token)).toMatchObject({ body: { non_field_errors: ['Signature has expired.'] } });
    const successor = await refreshed(token, {}, on);
    expect((await service.post('verify', { token: successor })).status).toBe(200);
    now += 9 * DAY;
    expect(await refresh(successor, {}, on)).toMatchObject({
      body: { non_field_errors: ['Refresh has expired.'] },
    });
  });

  it.each([undefined, 0, null, 'yesterday', true])(
    'rejects a token whose orig_iat is %j',
    async (orig_iat) => {
      expect(await refresh(djangoToken(user, { at: now, orig_iat }))).toMatchObject({
        status: 400,
        body: { non_field_errors: ['orig_iat field is required.'] },
      });
    },
  );

  it('reports a problem of the user before one of orig_iat', async () => {
    const token = djangoToken(user, { at: now, orig_iat: undefined });
    expect(await refresh(token)).toMatchObject({
      body: { non_field_errors: ['orig_iat field is required.'] },
    });
    await users.disable(user.username, 0);
    expect(await refresh(token)).toMatchObject({ body: { non_field_errors: ['User account is disabled.'] } });
  });
});

describe('refresh of an older token without reuse detection', () => {
  it('returns the current token for any older token of the session', async () => {
    const first = await logIn();
    const second = await refreshed(first);
    const third = await refreshed(second);
    for (const token of [first, second, first]) expect(await refreshed(token)).toBe(third);
    for (const token of [first, second, third])
      expect((await service.post('verify', { token })).status).toBe(200);
    expect(service.lines.join()).not.toContain('refresh_reuse');
    expect(claimsOf(await refreshed(third)).gen).toBe(3);
  });

  it('returns the current token for a token issued by Django that two clients have', async () => {
    const token = djangoToken(user, { at: now });
    const current = await refreshed(await refreshed(token));
    expect(await refreshed(token)).toBe(current);
    expect((await service.post('verify', { token: current })).status).toBe(200);
  });

  it('returns the current token with any Idempotency-Key and REFRESH_REUSE_SECONDS', async () => {
    const on = serviceWith({ reuseSeconds: 0 });
    const token = await logIn({}, on);
    const successor = await refreshed(token, {}, on);
    now += DAY;
    expect(await refreshed(token, KEY, on)).toBe(successor);
    expect(await refreshed(token, {}, on)).toBe(successor);
  });

  it('is rejected if the token has expired', async () => {
    const token = await logIn();
    now += 6 * DAY;
    const successor = await refreshed(token);
    now += 2 * DAY;
    expect(await refresh(token)).toMatchObject({ body: { non_field_errors: ['Signature has expired.'] } });
    expect((await service.post('verify', { token: successor })).status).toBe(200);
  });

  it('ends the session if REFRESH_REUSE_DETECTION is always', async () => {
    const on = serviceWith({ reuseDetection: 'always' });
    const token = await logIn({}, on);
    const current = await refreshed(await refreshed(token, {}, on), {}, on);
    expect(await refresh(token, {}, on)).toMatchObject(REVOKED_IN_BODY);
    await expectRevoked(current);
  });
});

describe('a session opts in to reuse detection', () => {
  const isOptedIn = async (token: string) => (await stored()).get(claimsOf(token).sid)?.isOptedIn;

  it('by an Idempotency-Key at its login', async () => {
    expect(await isOptedIn(await logIn())).toBe(false);
    expect(await isOptedIn(await logIn(KEY))).toBe(true);
  });

  it.each([
    ['a login', () => logIn()],
    ['a token issued by Django', async () => djangoToken(user, { at: now })],
  ])('by an Idempotency-Key at any refresh after %s, permanently', async (_, tokenOf) => {
    const first = await tokenOf();
    const second = await refreshed(first);
    const third = await refreshed(second, KEY);
    const fourth = await refreshed(third);
    expect(await refresh(second)).toMatchObject(REVOKED_IN_BODY);
    await expectRevoked(fourth);
  });

  it('by an Idempotency-Key at the first refresh of a token issued by Django', async () => {
    const first = djangoToken(user, { at: now });
    const third = await refreshed(await refreshed(first, KEY));
    expect(await refresh(first)).toMatchObject(REVOKED_IN_BODY);
    await expectRevoked(third);
  });

  it('by an Idempotency-Key within a second of the login, which issues a new token', async () => {
    const body = { username: user.username, password: PASSWORD };
    const token = tokenOf(await service.post('obtain', body));
    const successor = await refreshed(token, KEY);
    expect(claimsOf(successor).gen).toBe(1);
    expect(await isOptedIn(successor)).toBe(true);
  });

  it('without effect if REFRESH_REUSE_DETECTION is never', async () => {
    const on = serviceWith({ reuseDetection: 'never' });
    const token = await logIn(KEY, on);
    const current = await refreshed(await refreshed(token, KEY, on), {}, on);
    expect(await refreshed(token, {}, on)).toBe(current);
  });
});

describe('predecessor', () => {
  it('can be refreshed again for a number of seconds if REFRESH_REUSE_SECONDS is set', async () => {
    const on = serviceWith({ reuseSeconds: 10, reuseDetection: 'always' });
    const token = await logIn({}, on);
    const successor = await refreshed(token, {}, on);
    now += 10 * SECOND;
    expect(await refreshed(token, {}, on)).toBe(successor);
    now += SECOND;
    expect(await refresh(token, {}, on)).toMatchObject(REVOKED_IN_BODY);
    await expectRevoked(successor);
  });

  it('returns its successor only to the Idempotency-Key that created it', async () => {
    const key = (value: string) => ({ 'Idempotency-Key': value });
    const token = await logIn();
    const successor = await refreshed(token, key('first'));
    now += 3 * DAY;
    expect(await refreshed(token, key('first'))).toBe(successor);
    const next = await refreshed(successor, key('second'));
    expect(await refreshed(successor, key('second'))).toBe(next);
    expect(await refresh(successor, key('third'))).toMatchObject(REVOKED_IN_BODY);
    await expectRevoked(next);
  });

  it.each([
    ['without the key of the first refresh', {}, { 'Idempotency-Key': 'first' }, {}],
    ['with a key that the first refresh did not have', KEY, {}, { 'Idempotency-Key': 'first' }],
  ])('counts as reused if it is refreshed %s', async (_, login, first, second) => {
    const token = await logIn(login);
    const successor = await refreshed(token, first);
    expect(await refresh(token, second)).toMatchObject(REVOKED_IN_BODY);
    await expectRevoked(successor);
  });
});

describe('token issued by Django', () => {
  it('gets one session at its first refresh, even with concurrent requests', async () => {
    const token = djangoToken(user, { at: now });
    expect((await service.post('verify', { token })).status).toBe(200);
    expect((await stored()).size).toBe(0);
    const all = await Promise.all(Array.from({ length: 10 }, () => refreshed(token)));
    expect(new Set(all).size).toBe(1);
    expect((await stored()).size).toBe(1);
    expect(claimsOf(all[0] ?? '')).toMatchObject({ gen: 1, orig_iat: now / 1000 });
    expect(claimsOf(await refreshed(all[0] ?? '')).gen).toBe(2);
  });

  it('is treated like any ancestor after its successor was refreshed', async () => {
    const token = djangoToken(user, { at: now });
    const current = await refreshed(await refreshed(token, KEY));
    expect(await refresh(token)).toMatchObject(REVOKED_IN_BODY);
    await expectRevoked(current);
    await expectRevoked(token);
  });

  it('remains revoked after its session is evicted or revoked', async () => {
    const on = serviceWith({ sessionsPerUser: 1 });
    const evicted = djangoToken(user, { at: now });
    await refreshed(evicted, {}, on);
    now += SECOND;
    const revoked = djangoToken(user, { at: now });
    await refreshed(revoked, {}, on);
    await expectRevoked(evicted);
    await service.post('revoke', { token: revoked });
    await expectRevoked(revoked);
  });

  it('can be revoked before its first refresh', async () => {
    const token = djangoToken(user, { at: now });
    const other = djangoToken(user, { at: now + SECOND });
    await service.post('revoke', { token });
    await expectRevoked(token);
    expect((await service.post('verify', { token: other })).status).toBe(200);
  });

  it('has no valid successors after its session has ended, at any time later', async () => {
    const token = djangoToken(user, { at: now, exp: now / 1000 + 60 });
    const hour = 3600 * SECOND;
    let successor = await refreshed(token);
    for (let day = 5; day <= 25; day += 5) {
      now += 5 * DAY;
      successor = await refreshed(successor);
    }
    now += 3 * DAY - hour;
    successor = await refreshed(successor);
    await service.post('revoke', { token: successor });
    now += 2 * hour;
    await logIn();
    await expectRevoked(successor);
  });

  it('is revoked by “end all” if its login time is unknown', async () => {
    const claims = { orig_iat: undefined, exp: now / SECOND + 1000 * 86_400 };
    const longLived = djangoToken(user, { at: now, ...claims });
    expect((await service.post('verify', { token: longLived })).status).toBe(200);
    await service.call('sessions', 'DELETE', `JWT ${await logIn()}`, { query: { current: 'true' } });
    expect(await service.post('verify', { token: longLived })).toMatchObject(REVOKED_IN_BODY);
    expect(await service.getPosts(`JWT ${longLived}`)).toMatchObject(REVOKED_BY_AUTHORIZER);
  });

  it('is stored as revoked only until it could no longer be used', async () => {
    const token = djangoToken(user, { at: now });
    await service.post('revoke', { token });
    const ended = async () =>
      (await createSessionRepository(table).findAccountSessions(user.username))?.revoked.sids.size;
    await logIn();
    expect(await ended()).toBe(1);
    now += 36 * DAY;
    await logIn();
    expect(await ended()).toBe(0);
  });

  it('remains revoked while the leeway keeps it valid', async () => {
    service = serviceWith({ refreshSeconds: 60, leewaySeconds: 600 });
    const token = djangoToken(user, { at: now });
    await service.post('revoke', { token });
    now += 7 * DAY + 300 * SECOND;
    await logIn();
    expect(await service.post('verify', { token })).toMatchObject(REVOKED_IN_BODY);
  });
});

describe('POST /api/token/revoke/', () => {
  const revoke = (token: unknown) => service.post('revoke', { token });
  const revokeByHeader = (token: string, body?: object) => {
    const headers = { Authorization: `JWT ${token}` };
    const event = body === undefined ? proxyEvent('POST', { headers }) : postJson(body, { headers });
    return service.invoke('revoke', event);
  };

  it.each([{ body: undefined }, { body: {} }])(
    'ends the session of the token in the header if the body is $body',
    async ({ body }) => {
      const token = await logIn();
      const other = await logIn();
      expect(await revokeByHeader(token, body)).toMatchObject({ status: 200, body: {} });
      expect(await service.post('verify', { token })).toMatchObject(REVOKED_IN_BODY);
      expect(await service.post('verify', { token: other })).toMatchObject({ status: 200 });
    },
  );

  it('ends the session of the token in the body, whatever the header has', async () => {
    const [inHeader, inBody] = [await logIn(), await logIn()];
    expect((await revokeByHeader(inHeader, { token: inBody })).status).toBe(200);
    expect(await service.post('verify', { token: inBody })).toMatchObject(REVOKED_IN_BODY);
    expect((await revokeByHeader(inHeader, { token: '' })).status).toBe(400);
    expect((await revokeByHeader(inHeader, { token: null })).status).toBe(400);
    expect(await service.post('verify', { token: inHeader })).toMatchObject({ status: 200 });
  });

  it('requires a token in the body or in the header', async () => {
    for (const authorization of ['', 'JWT', 'Basic YTpi', 'JWT a b']) {
      const event = proxyEvent('POST', { headers: { Authorization: authorization } });
      expect(await service.invoke('revoke', event)).toMatchObject({
        status: 400,
        body: { token: ['This field is required.'] },
      });
    }
  });

  it('ends the session of any of its tokens, and no other session', async () => {
    const token = await logIn();
    const other = await logIn();
    const current = await refreshed(token);
    expect(await revoke(token)).toMatchObject({ status: 200, body: {} });
    for (const one of [token, current]) await expectRevoked(one);
    expect((await service.post('verify', { token: other })).status).toBe(200);
  });

  it('ends the session of an expired token', async () => {
    const token = await logIn();
    now += 8 * DAY;
    expect((await revoke(token)).status).toBe(200);
    expect((await stored()).size).toBe(0);
  });

  it('responds with 200 to an invalid, unknown or already revoked token', async () => {
    const token = await logIn();
    await revoke(token);
    const stranger = djangoToken({ ...user, username: 'stranger' }, { at: now });
    for (const one of [token, stranger, 'x.y.z', `${token}x`]) {
      expect(await revoke(one)).toMatchObject({ status: 200, body: {} });
    }
  });

  it('does not end a session with a forged token or a token of another user id', async () => {
    const token = await logIn();
    const [header, payload] = token.split('.');
    await revoke(`${header}.${payload}.${'A'.repeat(43)}`);
    await service.post('revoke', {
      token: djangoToken({ ...user, id: 999 }, { at: now, ...claimsOf(token), user_id: 999 }),
    });
    expect((await service.post('verify', { token })).status).toBe(200);
  });

  it('requires the token', async () => {
    expect(await service.post('revoke', {})).toMatchObject({
      status: 400,
      body: { token: ['This field is required.'] },
    });
  });
});

describe('/api/sessions/', () => {
  const del = (token: string, name: 'sessions' | 'session', options = {}) =>
    service.call(name, 'DELETE', `JWT ${token}`, options);
  const endOne = (token: string, sid: string) => del(token, 'session', { pathParameters: { sid } });

  it('lists the sessions, most recently used first, and marks the current one', async () => {
    const first = await logIn({ 'Latchkey-Device': 'phone' });
    const second = await logIn({ 'Latchkey-Device': 'tablet' });
    now += 60 * SECOND;
    await refreshed(first);
    const iso = (ms: number) => new Date(ms).toISOString();
    expect(await sessionsOf(second)).toEqual([
      {
        id: claimsOf(first).sid,
        device: 'phone',
        address: '203.0.113.7',
        created_at: iso(START),
        refreshed_at: iso(START + 64 * SECOND),
        current: false,
      },
      {
        id: claimsOf(second).sid,
        device: 'tablet',
        address: '203.0.113.7',
        created_at: iso(START + 2 * SECOND),
        refreshed_at: iso(START + 2 * SECOND),
        current: true,
      },
    ]);
  });

  it('omits sessions that can no longer be used', async () => {
    await logIn();
    now += 8 * DAY;
    expect(await sessionsOf(await logIn())).toHaveLength(1);
  });

  it('ends a single session from another device immediately', async () => {
    const [phone, tablet] = [await logIn(), await logIn()];
    expect((await endOne(tablet, claimsOf(phone).sid)).status).toBe(204);
    await expectRevoked(phone);
    expect((await endOne(tablet, claimsOf(tablet).sid)).status).toBe(204);
    await expectRevoked(tablet);
  });

  it('does not list or end sessions of other users', async () => {
    const token = await logIn();
    const stranger = userOf({ id: 1000 + count, username: `stranger-${count}`, password: PASSWORD });
    await users.create(stranger);
    const theirs = tokenOf(await service.post('obtain', { username: stranger.username, password: PASSWORD }));
    for (const sid of [claimsOf(theirs).sid, 'no-such', '', '__proto__']) {
      expect(await endOne(token, sid)).toMatchObject({
        status: 404,
        body: { detail: 'Not found.', code: 'not_found' },
      });
    }
    expect((await service.post('verify', { token: theirs })).status).toBe(200);
  });

  it('ends all sessions except the current one, and tokens issued by Django', async () => {
    const others = [await logIn(), djangoToken(user, { at: now }), djangoToken(user, { at: now - DAY })];
    await refreshed(others[2] ?? '');
    const token = await logIn();
    expect((await del(token, 'sessions')).status).toBe(204);
    for (const other of others) await expectRevoked(other);
    expect(claimsOf(await refreshed(token)).gen).toBe(1);
    now += SECOND;
    const young = djangoToken(user, { at: now });
    expect((await service.post('verify', { token: young })).status).toBe(200);
  });

  it('keeps the session of a caller with a token issued by Django that has none yet', async () => {
    const other = await logIn();
    const token = djangoToken(user, { at: now });
    expect((await del(token, 'sessions')).status).toBe(204);
    await expectRevoked(other);
    expect((await service.getPosts(`JWT ${token}`)).status).toBe(200);
    expect(await sessionsOf(token)).toMatchObject([{ current: true, device: null, address: null }]);
    const successor = await refreshed(token);
    expect(claimsOf(successor).gen).toBe(1);
    expect(await refreshed(token)).toBe(successor);
  });

  it('ends all sessions including the current one with ?current=true', async () => {
    const tokens = [await logIn(), djangoToken(user, { at: now }), await logIn()];
    expect((await del(tokens[2] ?? '', 'sessions', { query: { current: 'true' } })).status).toBe(204);
    for (const token of tokens) await expectRevoked(token);
  });

  it('ends no session if the query is invalid', async () => {
    const token = await logIn();
    const reply = await del(token, 'sessions', { query: { current: 'yes' } });
    expect(reply).toMatchObject({ status: 400, body: { current: ['Must be a valid boolean.'] } });
    expect((await stored()).size).toBe(1);
  });

  it('rejects a session that ended after the authorizer allowed it', async () => {
    const token = await logIn();
    const { context = {} } = await service.authorize(`JWT ${token}`);
    await service.post('revoke', { token });
    for (const method of ['GET', 'DELETE'] as const) {
      const event = { path: '/api/sessions/', authorizer: { ...context } as Record<string, string> };
      const { proxyEvent } = await import('../../tools/harness/events.ts');
      expect(await service.invoke('sessions', proxyEvent(method, event))).toMatchObject({
        status: 401,
        body: { detail: 'Token has been revoked.', code: 'token_revoked' },
      });
    }
  });
});

describe('account', () => {
  it('is shown to the caller without secrets', async () => {
    const reply = await service.call('account', 'GET', `JWT ${await logIn()}`);
    expect(reply).toMatchObject({ status: 200 });
    expect(reply.body).toEqual({
      id: user.id,
      username: user.username,
      email: user.email,
      first_name: '',
      last_name: '',
      date_joined: '2019-06-04T15:00:01',
    });
  });

  it('has no sessions after it was disabled, even if it is enabled again', async () => {
    const token = await logIn();
    await users.disable(user.username, now / 1000);
    expect(await service.post('verify', { token })).toMatchObject({
      body: { non_field_errors: ['User account is disabled.'] },
    });
    await users.enable(user.username);
    await expectRevoked(token);
  });
});
