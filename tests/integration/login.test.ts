import { createHash, pbkdf2Sync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createItemClient } from '../../lib/dynamodb/http-item-client.ts';
import type { LoginRepository } from '../../lib/dynamodb/logins.ts';
import type { UserRepository } from '../../lib/dynamodb/users.ts';
import { LoginRefusedError, UnavailableError } from '../../lib/errors.ts';
import type { Login, LoginDependencies } from '../../lib/users/login.ts';
import type { PasswordChecker } from '../../lib/users/password-check.ts';
import type { LoginStore } from '../../lib/users/user.ts';
import {
  createLoginRepository,
  createLoginSessions,
  createPasswords,
  createUserRepository,
} from '../../lib/wiring.ts';
import { RULES } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { loginWith, unlimited } from '../support/logins.ts';

const passwords = createPasswords();
const PASSWORD = 'Plus-Ultra-2019';
const md5 = `md5$salt$${createHash('md5').update(`salt${PASSWORD}`).digest('hex')}`;
const pbkdf2 = (iterations: number) =>
  `pbkdf2_sha256$${iterations}$salt$${pbkdf2Sync(PASSWORD, 'salt', iterations, 32, 'sha256').toString('base64')}`;

let table: TestTable;
let users: UserRepository;
let logins: LoginRepository;
let count = 0;
let username = '';
beforeAll(async () => {
  table = await createTestTable();
  users = createUserRepository(table);
  logins = createLoginRepository(table);
});
beforeEach(() => {
  count += 1;
  username = `user-${count}`;
});
afterAll(() => table.remove());

const loginOn = (store: LoginStore) => loginWith({ users: store });
const UNKNOWN_DEVICE = { label: undefined, address: undefined };
const logIn = (login: Login) => login.login({ username, password: PASSWORD }, UNKNOWN_DEVICE);
const store = (password: string, isActive = true) =>
  users.create(userOf({ id: count, username, password, isActive }));
const storedHash = async () => (await users.findCredentials(username))?.password ?? '';

describe('login with an old hash', () => {
  it('replaces it with argon2id of the same password', async () => {
    await store(pbkdf2(1000));
    expect(await logIn(loginOn(logins))).toMatchObject({
      account: { id: count, username },
      upgrade: 'replaced',
    });
    expect(passwords.needsRehash(await storedHash())).toBe(false);
    expect((await logIn(loginOn(logins))).upgrade).toBe('none');
  });

  it('leaves one valid hash after concurrent logins', async () => {
    await store(md5);
    const upgrades = await Promise.all(
      Array.from({ length: 20 }, async () => (await logIn(loginOn(logins))).upgrade),
    );
    expect(upgrades.filter((upgrade) => upgrade === 'replaced')).toHaveLength(1);
    expect(await passwords.verify(await storedHash(), PASSWORD)).toBe('match');
  });

  it('does not overwrite a password that was changed concurrently', async () => {
    await store(md5);
    const changed = await passwords.hash('another password');
    const racing = overriding({
      findLogin: async (name) => {
        const record = await logins.findLogin(name);
        if (record?.password === md5) await users.setPassword(name, changed, 0);
        return record;
      },
    });
    expect(await refusal(loginOn(racing), PASSWORD)).toBe('wrong_password');
    expect(await storedHash()).toBe(changed);
  });

  it('throws UnavailableError if the table cannot be written, and succeeds the next time', async () => {
    await store(md5);
    const client = createItemClient({ region: 'local', endpoint: 'http://127.0.0.1:1' });
    const unreachable = createLoginRepository({ client, name: table.name });
    const failing = overriding({ openForLogin: (...args) => unreachable.openForLogin(...args) });
    await expect(logIn(loginOn(failing))).rejects.toThrow(UnavailableError);
    expect(await storedHash()).toBe(md5);
    expect((await logIn(loginOn(logins))).upgrade).toBe('replaced');
  });
});

const overriding = (changes: Partial<LoginStore>): LoginStore => ({
  findLogin: (name) => logins.findLogin(name),
  openForLogin: (...args) => logins.openForLogin(...args),
  changePassword: (...args) => logins.changePassword(...args),
  evict: (...args) => logins.evict(...args),
  ...changes,
});

const refusal = async (login: Login, password: string) => {
  try {
    await login.login({ username, password }, UNKNOWN_DEVICE);
  } catch (error) {
    if (error instanceof LoginRefusedError) return error.reason;
    throw error;
  }
  return 'none';
};

describe('refused login', () => {
  const greedy = `argon2$argon2id$v=19$m=4194304,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

  it('throws the same error for each reason, with the reason for the log', async () => {
    expect(await refusal(loginOn(logins), PASSWORD)).toBe('unknown_user');
    await store(await passwords.hash(PASSWORD), false);
    expect(await refusal(loginOn(logins), PASSWORD)).toBe('disabled_user');
    expect(await refusal(loginOn(logins), 'wrong')).toBe('wrong_password');
    await users.setPassword(username, '!unusable', 0);
    expect(await refusal(loginOn(logins), '!unusable')).toBe('unusable_hash');
    await users.setPassword(username, greedy, 0);
    expect(await refusal(loginOn(logins), PASSWORD)).toBe('expensive_hash');
  });

  it('is not the result of an unreachable table', async () => {
    const client = createItemClient({ region: 'local', endpoint: 'http://127.0.0.1:1' });
    const unreachable = createLoginRepository({ client, name: table.name });
    await expect(logIn(loginOn(unreachable))).rejects.toThrow(UnavailableError);
  });
});

describe('duration of a refused login', () => {
  const kinds: [string, () => Promise<unknown>][] = [
    ['an unknown user', async () => undefined],
    ['a wrong password', async () => store(await passwords.hash('other'))],
    ['a disabled user', async () => store(await passwords.hash(PASSWORD), false)],
    ['a disabled user with an old hash', () => store(md5, false)],
    ['an old, fast hash', () => store(md5.replace(/.$/, 'x'))],
    ['an old, slow hash', () => store(pbkdf2(150_000).replace(/.=$/, 'A='))],
    ['an unusable hash', () => store('!')],
    [
      'a hash with too expensive parameters',
      () => store(`argon2$argon2id$v=19$m=4194304,t=2,p=1$${'A'.repeat(22)}$AAAAAAAA`),
    ],
  ];

  it.each(kinds)('includes one computation of argon2id: %s', async (_, prepare) => {
    await prepare();
    let current = 0;
    const counting: PasswordChecker = {
      verify: (encoded, password) => {
        if (passwords.hasCurrentCost(encoded)) current += 1;
        return passwords.verify(encoded, password);
      },
      hashDummy: (password) => {
        current += 1;
        return passwords.hashDummy(password);
      },
      hash: (password) => passwords.hash(password),
      needsRehash: (encoded) => passwords.needsRehash(encoded),
      hasCurrentCost: (encoded) => passwords.hasCurrentCost(encoded),
    };
    const login = loginWith({ users: logins, passwords: counting });
    expect(await refusal(login, PASSWORD)).not.toBe('none');
    expect(current).toBe(1);
  });

  it.each([
    [1, 1000],
    [999, 1000],
    [1000, 1000],
    [1001, 2000],
    [2500, 3000],
  ])('is rounded up from %i ms to %i ms', async (work, released) => {
    let time = 5_000;
    const idle = overriding({
      findLogin: async () => {
        time += work;
        return undefined;
      },
    });
    const login = loginWith({
      users: idle,
      refusalStepMs: 1000,
      monotonicClock: () => time,
      sleep: async (ms) => {
        time += ms;
      },
    });
    expect(await refusal(login, PASSWORD)).toBe('unknown_user');
    expect(time).toBe(5_000 + released);
  });

  it('is at least one step on the real clock', async () => {
    await store(await passwords.hash('other'));
    const start = performance.now();
    await refusal(loginWith({ users: logins, refusalStepMs: 400 }), PASSWORD);
    // A timer may fire some milliseconds early, because the event loop keeps the time of its last turn.
    expect(performance.now() - start).toBeGreaterThanOrEqual(390);
  });

  it('is not applied to a successful login', async () => {
    await store(await passwords.hash(PASSWORD));
    const login = loginWith({
      users: logins,
      refusalStepMs: 1000,
      sleep: () => Promise.reject(new Error('held')),
    });
    expect((await logIn(login)).account.id).toBe(count);
  });
});

it('stores no session if the token cannot be signed', async () => {
  await store(await passwords.hash(PASSWORD));
  const keys = async () => {
    throw new UnavailableError({ cause: new Error('the key cannot be fetched') });
  };
  const settings = { tokens: { ...RULES, keys }, sessions: RULES };
  const sessions = createLoginSessions({ settings, clock: Date.now });
  const login = loginWith({ users: logins, sessions });
  await expect(logIn(login)).rejects.toThrow(UnavailableError);
  expect((await logins.findLogin(username))?.sessions.size).toBe(0);
});

it('rethrows an error while the attempt is removed, without an unhandled rejection', async () => {
  await store(await passwords.hash(PASSWORD));
  const fault = new TypeError('an unexpected error');
  const throttle: LoginDependencies['throttle'] = {
    attempt: async (claimant, steps) => {
      const result = await unlimited.attempt(claimant, steps);
      return result.kind === 'right' ? { ...result, forget: () => Promise.reject(fault) } : result;
    },
  };
  await expect(logIn(loginWith({ users: logins, throttle }))).rejects.toBe(fault);
});
