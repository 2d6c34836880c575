import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createUserRepository } from '../../lib/wiring.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { postJson } from '../../tools/harness/events.ts';
import { createService, RULES, THROTTLE, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { plainPasswords } from '../support/plain-passwords.ts';

const HOME = '203.0.113.7';
const NEW_NETWORK = '192.0.2.50';
const PASSWORD = 'Plus-Ultra-2019';

type Service = ReturnType<typeof createService>;

let table: TestTable;
let now = 1_800_000_000;
let count = 0;
let username = '';

beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.remove());
beforeEach(async () => {
  count += 1;
  username = `user-${count}`;
  await createUser(username);
});

const createUser = async (name: string, id = count) =>
  createUserRepository(table).create(
    userOf({ id, username: name, password: await plainPasswords.hash(PASSWORD) }),
  );
const serviceWith = (throttling: typeof THROTTLE) =>
  createService(table, { clock: () => now * 1000, throttling, passwords: plainPasswords });
const logInFrom = (
  service: Service,
  password: string,
  sourceIp = HOME,
  headers: Record<string, string> = {},
  name = username,
) => service.invoke('obtain', postJson({ username: name, password }, { sourceIp, headers }));
const presenting = (token: string, prefix = 'JWT') => ({ Authorization: `${prefix} ${token}` });

/** Fails once from each of several networks. */
const attack = async (service: Service, networks = 6) => {
  for (const one of Array(networks).keys()) await logInFrom(service, 'wrong', `198.51.${one}.100`);
};

describe('login with a token from an earlier login', () => {
  /**
   * Returns a service with a low limit of consecutive failures that attackers have exhausted, and the token of an
   * earlier login.
   */
  const underAttack = async (accountFailures = 5) => {
    const service = serviceWith({ ...THROTTLE, accountFailures });
    const token = tokenOf(await logInFrom(service, PASSWORD));
    await attack(service, accountFailures + 1);
    return { service, token };
  };

  it('is allowed from a new network during the delay of the account', async () => {
    const { service, token } = await underAttack();
    expect((await logInFrom(service, PASSWORD, NEW_NETWORK)).status).toBe(429);
    expect((await logInFrom(service, PASSWORD, NEW_NETWORK, presenting(token, 'Bearer'))).status).toBe(200);
  });

  it('is allowed with an expired token', async () => {
    const { service, token } = await underAttack();
    now += RULES.lifetimeSeconds + 1;
    await attack(service);
    expect((await logInFrom(service, PASSWORD, NEW_NETWORK)).status).toBe(429);
    expect((await logInFrom(service, PASSWORD, NEW_NETWORK, presenting(token))).status).toBe(200);
  });

  it('is allowed with a token issued by Django until it is revoked', async () => {
    const { service } = await underAttack();
    const legacy = djangoToken({ id: count, username, email: '' }, { at: now * 1000, exp: now - 60 });
    expect((await logInFrom(service, 'wrong', NEW_NETWORK, presenting(legacy))).status).toBe(400);
    await service.post('revoke', { token: legacy });
    expect((await logInFrom(service, 'wrong', NEW_NETWORK, presenting(legacy))).status).toBe(429);
  });

  it('is delayed with a token of an ended session, of another user or with an invalid signature', async () => {
    const { service, token } = await underAttack();
    const other = `${username}-other`;
    await createUser(other, 100_000 + count);
    const otherToken = tokenOf(await service.post('obtain', { username: other, password: PASSWORD }));
    for (const presented of [otherToken, `${token.slice(0, -4)}AAAA`, 'x', ''])
      expect((await logInFrom(service, PASSWORD, NEW_NETWORK, presenting(presented))).status).toBe(429);
    await service.post('revoke', { token });
    expect((await logInFrom(service, PASSWORD, NEW_NETWORK, presenting(token))).status).toBe(429);
  });

  it('is limited to ten wrong passwords per session in fifteen minutes, from all networks together', async () => {
    const { service, token } = await underAttack(15);
    const guess = (one: number) => logInFrom(service, 'wrong', `192.0.${one}.7`, presenting(token));
    for (const one of Array(10).keys()) expect((await guess(one)).status).toBe(400);
    expect((await guess(10)).status).toBe(429);
  });

  it('is allowed from a network that has reached its limit for the username', async () => {
    const { service, token } = await underAttack();
    for (const _ of Array(12).keys()) await logInFrom(service, 'wrong');
    now += 60;
    // This process has now cached the refusal.
    await logInFrom(service, 'wrong');
    expect((await logInFrom(service, PASSWORD)).status).toBe(429);
    expect((await logInFrom(service, PASSWORD, HOME, presenting(token))).status).toBe(200);
  });

  it('is allowed from a network that has reached its limit', async () => {
    const service = serviceWith({ ...THROTTLE, network: { failures: 5, seconds: 900 } });
    const token = tokenOf(await logInFrom(service, PASSWORD, NEW_NETWORK));
    for (const one of Array(6).keys()) await logInFrom(service, 'wrong', HOME, {}, `${username}-${one}`);
    expect((await logInFrom(service, PASSWORD)).status).toBe(429);
    expect((await logInFrom(service, PASSWORD, HOME, presenting(token))).status).toBe(200);
  });

  it('is limited to ten wrong passwords for all tokens that Django issued for one login', async () => {
    const { service } = await underAttack(15);
    const loginAt = now;
    for (const one of Array(10).keys()) {
      // Django refreshes a token as often as a client asks, and keeps the time of the login.
      const refreshed = djangoToken(
        { id: count, username, email: '' },
        { at: now * 1000, orig_iat: loginAt, exp: now + one },
      );
      expect((await logInFrom(service, 'wrong', `192.0.${one}.7`, presenting(refreshed))).status).toBe(400);
    }
    const another = djangoToken({ id: count, username, email: '' }, { at: now * 1000, exp: now + 10 });
    expect((await logInFrom(service, 'wrong', '192.0.11.7', presenting(another))).status).toBe(429);
    const successor = tokenOf(await service.post('refresh', { token: another }));
    expect((await logInFrom(service, 'wrong', '192.0.12.7', presenting(successor))).status).toBe(429);
    const ofAnotherLogin = djangoToken({ id: count, username, email: '' }, { at: (now - 1) * 1000 });
    expect((await logInFrom(service, PASSWORD, '192.0.13.7', presenting(ofAnotherLogin))).status).toBe(200);
  });

  it('is delayed with a revoked token issued by Django, at any time later', async () => {
    const service = serviceWith({ ...THROTTLE, accountFailures: 5 });
    const legacy = djangoToken({ id: count, username, email: '' }, { at: now * 1000 });
    await service.post('revoke', { token: legacy });
    now += 36 * 86_400;
    // The account no longer lists the revoked token after this login.
    expect((await logInFrom(service, PASSWORD)).status).toBe(200);
    await attack(service);
    expect((await logInFrom(service, 'wrong', NEW_NETWORK, presenting(legacy))).status).toBe(429);
  });

  it('is delayed after as many consecutive wrong passwords with the token as are allowed for a username', async () => {
    const service = serviceWith({ ...THROTTLE, accountFailures: 25 });
    const token = tokenOf(await logInFrom(service, PASSWORD));
    let others = 0;
    /** Keeps the delay of the account at an hour. */
    const attackFor = async (times: number) => {
      for (const _ of Array(times).keys()) {
        others += 1;
        await logInFrom(service, 'wrong', `10.${count}.${others}.1`);
      }
    };
    await attackFor(25);
    for (const _ of Array(12).keys()) {
      now += 3600;
      await attackFor(1);
    }
    const guess = async (one: number) =>
      (await logInFrom(service, 'wrong', `192.0.${one}.7`, presenting(token))).status;
    let tried = 0;
    for (const one of Array(40).keys()) {
      if ((await guess(one)) === 400) tried += 1;
      now += 91;
      if (one % 30 === 29) await attackFor(1);
    }
    // Five more after waits of 30, 60, 120, 240 and 480 seconds.
    expect(tried).toBe(25 + 5);
    expect((await logInFrom(service, PASSWORD, HOME)).status).toBe(200);
    expect(await guess(50)).toBe(400);
  });
});
