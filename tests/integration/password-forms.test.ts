import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UserRepository } from '../../lib/dynamodb/users.ts';
import { LoginRefusedError } from '../../lib/errors.ts';
import type { PasswordChecker } from '../../lib/users/password-check.ts';
import { createLoginRepository, createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { post } from '../../tools/harness/events.ts';
import { createService, THROTTLE, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { loginWith } from '../support/logins.ts';
import { UNTHROTTLED } from '../support/plain-passwords.ts';

const PASSWORD = 's3cret-Pass';
const BLANK = 'This field may not be blank.';
const md5Of = (password: string) => `md5$salt$${createHash('md5').update(`salt${password}`).digest('hex')}`;
const passwords = createPasswords();

let table: TestTable;
let users: UserRepository;
let count = 0;
beforeAll(async () => {
  table = await createTestTable();
  users = createUserRepository(table);
});
afterAll(() => table.remove());

/** Creates a user with a hash and returns the username. */
async function userWith(hash: string, isActive = true): Promise<string> {
  count += 1;
  const username = `user-${count}`;
  await users.create(userOf({ id: count, username, password: hash, isActive }));
  return username;
}
const serviceWith = (throttling = UNTHROTTLED) => createService(table, { throttling });

describe('login', () => {
  it.each([
    ` ${PASSWORD} \n`,
    `${PASSWORD}\r\n`,
    `\t${PASSWORD}`,
    `\u00a0${PASSWORD}\u3000`,
    `\u001c\u001d\u001e\u001f\u0085${PASSWORD}\u2028`,
  ])('accepts the password with leading or trailing white space as in Python: %j', async (password) => {
    const username = await userWith(md5Of(PASSWORD));
    const { status } = await serviceWith().post('obtain', { username, password });
    expect(status).toBe(200);
  });

  it('replaces an old hash with one that matches the password as sent, in any normalization form', async () => {
    const decomposed = 'Cafe\u0301-du-Monde';
    const username = await userWith(md5Of(decomposed));
    const { status } = await serviceWith().post('obtain', { username, password: decomposed });
    expect(status).toBe(200);
    const stored = (await users.findCredentials(username))?.password ?? '';
    // Django compares the password as typed.
    expect(await createPasswords().verify(stored, decomposed)).toBe('match');
  });

  it('computes no hash for a password that is too long', async () => {
    const username = await userWith(md5Of(PASSWORD));
    const untouched: PasswordChecker = {
      verify: () => Promise.reject(new Error('computed')),
      hash: () => Promise.reject(new Error('computed')),
      hashDummy: () => Promise.reject(new Error('computed')),
      needsRehash: () => false,
      hasCurrentCost: () => true,
    };
    const service = createService(table, { throttling: UNTHROTTLED, passwords: untouched });
    const password = `a${'\u0301'.repeat(31_000)}`;
    for (const name of [username, 'unknown'])
      expect((await service.post('obtain', { username: name, password })).status).toBe(400);
  });

  it.each(['\ufeff', '\u180e', '\u200b', '\u2060', 'x'])(
    'rejects the password followed by %j, which is not white space in Python',
    async (character) => {
      const username = await userWith(md5Of(PASSWORD));
      const { status } = await serviceWith().post('obtain', { username, password: PASSWORD + character });
      expect(status).toBe(400);
    },
  );

  it('accepts the same password in a form and in a multipart form', async () => {
    const username = await userWith(md5Of(PASSWORD));
    const form = new URLSearchParams({ username, password: ` ${PASSWORD}\r\n` });
    const part = (name: string, value: string) =>
      `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const multipart = `${part('username', username)}${part('password', `${PASSWORD}\r\n`)}--B--\r\n`;
    for (const event of [
      post('application/x-www-form-urlencoded', form.toString()),
      post('application/x-www-form-urlencoded', `username=${username}&password=${PASSWORD}\r\n`),
      post('multipart/form-data; boundary=B', multipart),
    ]) {
      expect((await serviceWith().invoke('obtain', event)).status).toBe(200);
    }
  });

  it.each(['', ' ', '   ', '\r\n', '\u00a0\u3000'])('reports %j as blank', async (password) => {
    const reply = await serviceWith().post('obtain', { username: 'deku', password });
    expect(reply).toMatchObject({ status: 400, body: { password: [BLANK] } });
  });

  it('accepts a stored password with leading or trailing white space only in its exact form', async () => {
    const stored = `  ${PASSWORD} `;
    const username = await userWith(await passwords.hash(stored));
    const statusOf = async (password: string) =>
      (await serviceWith().post('obtain', { username, password })).status;
    expect(await statusOf(stored)).toBe(200);
    expect(await statusOf(PASSWORD)).toBe(400);
    expect(await statusOf(` ${PASSWORD} `)).toBe(400);
  });

  it('replaces an old hash with one of the trimmed form if that form matched', async () => {
    const username = await userWith(md5Of(PASSWORD));
    expect((await serviceWith().post('obtain', { username, password: ` ${PASSWORD}` })).status).toBe(200);
    const hash = (await users.findCredentials(username))?.password ?? '';
    expect(passwords.needsRehash(hash)).toBe(false);
    expect(await passwords.verify(hash, PASSWORD)).toBe('match');
  });

  it('counts as one attempt with a wrong password and white space', async () => {
    const username = await userWith(md5Of(PASSWORD));
    const service = serviceWith({ ...THROTTLE, pair: { failures: 2, seconds: 900 } });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      statuses.push((await service.post('obtain', { username, password: ' wrong ' })).status);
    }
    expect(statuses).toEqual([400, 400, 429]);
  });
});

describe('current password of a change', () => {
  const changeWith = async (current: string) => {
    const username = await userWith(md5Of(PASSWORD));
    const service = serviceWith();
    const token = tokenOf(await service.post('obtain', { username, password: PASSWORD }));
    const body = JSON.stringify({ current_password: current, new_password: ' ganz etwas anderes ' });
    const headers = { 'Content-Type': 'application/json' };
    const reply = await service.call('password', 'POST', `JWT ${token}`, { headers, body });
    return { reply, hash: (await users.findCredentials(username))?.password ?? '' };
  };

  it('is checked like that of a login, and the new one keeps its white space', async () => {
    const { reply, hash } = await changeWith(`\n${PASSWORD} `);
    expect(reply.status).toBe(204);
    expect(await passwords.verify(hash, ' ganz etwas anderes ')).toBe('match');
    expect(await passwords.verify(hash, 'ganz etwas anderes')).toBe('mismatch');
  });

  it('is blank if it is only white space', async () => {
    const { reply } = await changeWith(' \n');
    expect(reply).toMatchObject({ status: 400, body: { current_password: [BLANK] } });
  });
});

describe('number of hashes that a login computes', () => {
  const greedy = `argon2$argon2id$v=19$m=4194304,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
  /** Each creates a user for a password and returns the username. */
  const kinds: [string, (password: string) => Promise<string>][] = [
    ['an unknown user', async () => 'unknown'],
    ['the correct password', async (password) => userWith(await passwords.hash(password))],
    ['a wrong password', async () => userWith(await passwords.hash('other'))],
    ['a disabled user', async (password) => userWith(await passwords.hash(password), false)],
    ['a disabled user with an old hash', async (password) => userWith(md5Of(password), false)],
    ['a wrong password and an old hash', async () => userWith(md5Of('other'))],
    [
      'a Django hash with the current parameters',
      async () => userWith(`argon2${await passwords.hash('other')}`),
    ],
    ['an unusable hash', async () => userWith('!')],
    ['a hash with too expensive parameters', async () => userWith(greedy)],
  ];
  const anySpace = fc.string({
    unit: fc.constantFrom(' ', '\n', '\u00a0', '\u3000', '\u001c'),
    maxLength: 3,
  });

  /** Counts computations of argon2id with the current parameters, and comparisons with the stored hash. */
  function counting() {
    const counts = { current: 0, checks: 0 };
    const checker: PasswordChecker = {
      verify: (encoded, password) => {
        counts.checks += 1;
        if (passwords.hasCurrentCost(encoded)) counts.current += 1;
        return passwords.verify(encoded, password);
      },
      hashDummy: (password) => {
        counts.current += 1;
        return passwords.hashDummy(password);
      },
      hash: (password) => passwords.hash(password),
      needsRehash: (encoded) => passwords.needsRehash(encoded),
      hasCurrentCost: (encoded) => passwords.hasCurrentCost(encoded),
    };
    return { counts, checker };
  }

  it.each(kinds)('depends only on the request: %s', async (kind, userFor) => {
    // Whether the stored password is the trimmed form, the form as sent, or neither.
    const anyStored = fc.constantFrom('trimmed', 'sent', 'neither');
    await fc.assert(
      fc.asyncProperty(anySpace, anySpace, anyStored, async (before, after, stored) => {
        const sent = before + PASSWORD + after;
        const username = await userFor({ trimmed: PASSWORD, sent, neither: 'other' }[stored] ?? '');
        const { counts, checker } = counting();
        const login = loginWith({ users: createLoginRepository(table), passwords: checker });
        await login
          .login({ username, password: sent }, { label: undefined, address: undefined })
          .catch((error) => {
            expect(error).toBeInstanceOf(LoginRefusedError);
          });
        const forms = sent === PASSWORD ? 1 : 2;
        expect(counts).toEqual({ current: forms, checks: kind === 'an unknown user' ? 0 : forms });
      }),
      {
        // The examples and two random cases: each computes hashes.
        numRuns: 5,
        examples: [
          ['', '', 'sent'],
          [' ', '', 'trimmed'],
          ['', '\n', 'sent'],
        ],
      },
    );
  });
});
