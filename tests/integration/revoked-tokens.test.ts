import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { User } from '../../lib/users/user.ts';
import { createSessionRepository, createUserImports, createUserRepository } from '../../lib/wiring.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { createService, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { userOf } from '../../tools/harness/users.ts';

const START = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const MEMORY = { record: 'digest', password: 'digest', isActive: true };

let table: TestTable;
let count = 0;
let now = START;
let user: User;
let service: ReturnType<typeof createService>;

beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.remove());
beforeEach(async () => {
  count += 1;
  now = START;
  user = userOf({ id: count, username: `user-${count}` });
  await createUserRepository(table).create(user);
  service = createService(table, { clock: () => now });
});

async function refreshed(token: string): Promise<string> {
  now += SECOND;
  const successor = tokenOf(await service.post('refresh', { token }));
  expect(successor).not.toBe('');
  return successor;
}

const isVerified = async (token: string) => (await service.post('verify', { token })).status === 200;

async function expectRefused(tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    expect((await service.post('verify', { token })).body).toEqual({
      non_field_errors: ['Token has been revoked.'],
    });
    expect((await service.getPosts(`JWT ${token}`)).status).toBe(401);
    expect((await service.call('account', 'GET', `JWT ${token}`)).status).toBe(401);
    expect((await service.post('refresh', { token })).status).toBe(400);
  }
}

const imported = () =>
  createUserImports(table).update(
    { user: { ...user, password: 'hash of the dump' }, imported: MEMORY },
    { password: true, isActive: false },
    now / SECOND,
  );
const endAll = async () => {
  const owner = { userId: user.id, username: user.username };
  await createSessionRepository(table).write(owner, { type: 'end_all', revokedBefore: now / SECOND });
};

describe('the successors of a token issued by Django', () => {
  it.each([
    ['an import with another hash', 0, imported],
    ['the end of all sessions, if the clock of Django is ahead', 600, endAll],
  ])('stay revoked after %s, though the token begins a session again', async (_, aheadSeconds, end) => {
    const first = djangoToken(user, { at: START + aheadSeconds * SECOND });
    const successors = [await refreshed(first)];
    for (const _again of [2, 3]) successors.push(await refreshed(successors.at(-1) ?? ''));
    await end();
    await expectRefused(successors);
    const again = [await refreshed(first)];
    await expectRefused(successors);
    for (const _again of [2, 3, 4]) again.push(await refreshed(again.at(-1) ?? ''));
    await expectRefused(successors);
    for (const token of [first, ...again]) expect(await isVerified(token)).toBe(true);
  });

  it('begin one session, whichever of two concurrent refreshes receives a response', async () => {
    const first = djangoToken(user, { at: START });
    const [one, other] = await Promise.all([refreshed(first), refreshed(first)]);
    expect(other).toBe(one);
  });
});

describe('a token above the generation of its session', () => {
  it('is refused by every route, as after the table was restored to an earlier time', async () => {
    const first = djangoToken(user, { at: START });
    const one = await refreshed(first);
    const { sid } = JSON.parse(Buffer.from(one.split('.')[1] ?? '', 'base64url').toString());
    await expectRefused([djangoToken(user, { at: START, sid, gen: 2 })]);
    expect(await isVerified(one)).toBe(true);
  });
});

describe('the list of revoked tokens issued by Django', () => {
  const read = async () =>
    (await createSessionRepository(table).findAccountSessions(user.username))?.revoked ?? { sids: new Set() };
  const logOut = async (token: string) => expect((await service.post('revoke', { token })).status).toBe(200);
  const minted = (length: number) =>
    Array.from({ length }, (_, index) => djangoToken(user, { at: now, exp: now / SECOND + 86_400 + index }));

  it('is bounded: four hundred tokens that are logged out stay revoked', {
    timeout: LONG_TEST_MS,
  }, async () => {
    const tokens = minted(400);
    for (const [index, token] of tokens.entries()) {
      await logOut(token);
      if (index >= 199 && index % 10 < 2) expect((await read()).sids.size).toBeLessThanOrEqual(200);
    }
    const results = await Promise.all(tokens.map(isVerified));
    expect(results.filter(Boolean)).toEqual([]);
    now += 3600 * SECOND;
    const later = djangoToken(user, { at: now });
    expect(await isVerified(later)).toBe(true);
    await refreshed(later);
  });

  it('is bounded if tokens are logged out at once, or their sessions evicted', {
    timeout: LONG_TEST_MS,
  }, async () => {
    const tokens = minted(210);
    await Promise.all(tokens.slice(0, 105).map(logOut));
    const few = createService(table, { clock: () => now, settings: { sessionsPerUser: 1 } });
    for (const token of tokens.slice(105)) await few.post('refresh', { token });
    expect((await read()).sids.size).toBeLessThanOrEqual(200);
    expect((await Promise.all(tokens.slice(0, 105).map(isVerified))).filter(Boolean)).toEqual([]);
  });

  it('keeps the tokens of a full list revoked after the end of all sessions, if the clock of Django is ahead', async () => {
    const ahead = djangoToken(user, { at: now + 200 * SECOND });
    await logOut(ahead);
    for (const token of minted(200)) await logOut(token);
    expect((await read()).sids.size).toBe(0);
    now += SECOND;
    await endAll();
    await expectRefused([ahead]);
  });

  it('keeps a stored time that is later than that of a full list', async () => {
    const owner = { userId: user.id, username: user.username };
    const revokedBefore = START / SECOND + 9000;
    await createSessionRepository(table).write(owner, { type: 'end_all', revokedBefore });
    for (const token of minted(201)) await logOut(token);
    expect(await read()).toEqual({ sids: new Set(), before: revokedBefore });
  });
});
