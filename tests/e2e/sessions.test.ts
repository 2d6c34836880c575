import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Table } from '../../lib/dynamodb/client.ts';
import { createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { type RunningServer, tableOf } from '../../tools/harness/server.ts';
import { userOf } from '../../tools/harness/users.ts';
import { manage } from '../support/manage.ts';
import { startBuiltServer } from '../support/programs.ts';

const PASSWORD = 'Plus-Ultra-2019';

let server: RunningServer;
let table: Table;
let hash = '';
let user = '';
let count = 0;

beforeAll(async () => {
  server = await startBuiltServer();
  table = await tableOf(server);
  hash = await createPasswords().hash(PASSWORD);
});
afterAll(async () => {
  table?.client.destroy();
  await server?.stop();
});

const call = async (
  method: string,
  path: string,
  options: { token?: string; body?: object; device?: string; key?: string } = {},
) => {
  const { token, body, device = 'phone', key } = options;
  const response = await fetch(server.url + path, {
    method,
    headers: {
      'Latchkey-Device': device,
      ...(key === undefined ? {} : { 'Idempotency-Key': key }),
      ...(token === undefined ? {} : { Authorization: `JWT ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
};
const createUser = async () => {
  count += 1;
  user = `user-${count}`;
  await createUserRepository(table).create(userOf({ id: 100 + count, username: user, password: hash }));
};
const logIn = async (device = 'phone', password = PASSWORD): Promise<string> =>
  (await call('POST', '/api/token/', { body: { username: user, password }, device })).body.token;
/** Logs in a client that enables reuse detection. */
const logInWithKey = async (): Promise<string> => {
  const body = { username: user, password: PASSWORD };
  return (await call('POST', '/api/token/', { body, key: 'a key' })).body.token;
};
const refresh = (token: string) => call('POST', '/api/token/refresh/', { body: { token } });
const posts = (token: string) => call('GET', '/api/blog/posts/', { token });

describe('the local server', () => {
  it('returns one successor to fifty concurrent refreshes, and ends the session if an older token is used', async () => {
    await createUser();
    const token = await logInWithKey();
    // Within a second of the login, a refresh returns the same token.
    await delay(1000);
    const all = await Promise.all(Array.from({ length: 50 }, () => refresh(token)));
    expect(all.map(({ status }) => status)).toEqual(Array(50).fill(200));
    const successors = new Set(all.map(({ body }) => body.token));
    expect(successors.size).toBe(1);
    const [child = ''] = successors;
    expect(child).not.toBe(token);
    const grandchild = (await refresh(child)).body.token;
    expect((await posts(grandchild)).status).toBe(200);
    expect(await refresh(token)).toMatchObject({
      status: 400,
      body: { non_field_errors: ['Token has been revoked.'] },
    });
    expect(await posts(grandchild)).toMatchObject({
      status: 401,
      body: { detail: 'Token has been revoked.' },
    });
    expect(server.output()).toContain('"outcome":"refresh_reuse"');
  });

  it.each(['/', ''])(
    'rejects a device with 401 after another one ended its session (path ending with %j)',
    async (slash) => {
      await createUser();
      const [phone, tablet] = [await logIn('phone'), await logIn('tablet')];
      const { body } = await call('GET', `/api/sessions${slash}`, { token: tablet });
      expect(body).toMatchObject([
        { device: 'tablet', current: true, address: '127.0.0.1' },
        { device: 'phone', current: false },
      ]);
      const ended = await call('DELETE', `/api/sessions/${body[1].id}${slash}`, { token: tablet });
      expect([ended.status, ended.body]).toEqual([204, undefined]);
      expect((await posts(phone)).status).toBe(401);
      expect((await posts(tablet)).status).toBe(200);
    },
  );

  it('responds to fifty concurrent wrong passwords with 429 and Retry-After, except for the limit', async () => {
    await createUser();
    const guess = () => call('POST', '/api/token/', { body: { username: user, password: 'wrong' } });
    const all = await Promise.all(Array.from({ length: 50 }, guess));
    expect(all.filter(({ status }) => status === 400)).toHaveLength(10);
    const refused = all.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(40);
    for (const { headers, body } of refused) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(800);
      expect(body.code).toBe('throttled');
    }
  });

  it('responds to fifty concurrent logins of a user with 200 or 429, and keeps twenty sessions', async () => {
    await createUser();
    for (let index = 0; index < 20; index += 1) await logIn(`device ${index}`);
    const body = { username: user, password: PASSWORD };
    const all = await Promise.all(
      Array.from({ length: 50 }, () => call('POST', '/api/token/', { body, device: 'new device' })),
    );
    expect([...new Set(all.map(({ status }) => status))].sort()).toEqual([200, 429]);
    const token = await logIn();
    expect((await call('GET', '/api/sessions/', { token })).body).toHaveLength(20);
  });

  it('shows an account, and ends the session of the other device after a password change', async () => {
    await createUser();
    const [phone, tablet] = [await logIn('phone'), await logIn('tablet')];
    expect((await call('GET', '/api/account/', { token: phone })).body).toMatchObject({ username: user });
    const body = { current_password: PASSWORD, new_password: 'ganz etwas anderes' };
    expect((await call('POST', '/api/account/password/', { token: phone, body })).status).toBe(204);
    expect([(await posts(phone)).status, (await posts(tablet)).status]).toEqual([200, 401]);
    expect(await logIn('tablet', 'ganz etwas anderes')).toEqual(expect.any(String));
    expect((await call('DELETE', '/api/sessions/?current=true', { token: phone })).status).toBe(204);
    expect((await posts(phone)).status).toBe(401);
  });

  it('responds to a logout with 200 for any token, and revokes a valid one', async () => {
    await createUser();
    const token = await logIn();
    for (const one of [token, token, 'no token']) {
      expect((await call('POST', '/api/token/revoke/', { body: { token: one } })).status).toBe(200);
    }
    expect((await posts(token)).status).toBe(401);
  });

  it.each([
    ['PUT', '/api/sessions/', 'GET, HEAD, DELETE, OPTIONS'],
    ['GET', '/api/sessions/some-session/', 'DELETE, OPTIONS'],
    ['POST', '/api/account/', 'GET, HEAD, OPTIONS'],
    ['GET', '/api/account/password/', 'POST, OPTIONS'],
    ['GET', '/api/token/revoke/', 'POST, OPTIONS'],
  ])('responds to %s %s with 405, Allow and a code', async (method, path, allow) => {
    const token = await logIn();
    const { status, headers, body } = await call(method, path, { token });
    expect([status, headers.get('allow')]).toEqual([405, allow]);
    expect(body).toEqual({ detail: `Method "${method}" not allowed.`, code: 'method_not_allowed' });
  });

  it('uses the sessions that manage lists and ends', async () => {
    await createUser();
    const [phone, tablet] = [await logIn('phone'), await logIn('tablet')];
    const listed = await manage(['sessions', 'list', user, '--json'], { env: server.env });
    const rows = listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ device }) => device).sort()).toEqual(['phone', 'tablet']);
    const table = await manage(['sessions', 'list', user], { env: server.env });
    expect(table.stdout).toMatch(/^id +device +address +created +last refreshed$/m);
    const { id } = rows.find(({ device }) => device === 'phone');
    expect((await manage(['sessions', 'end', user, '--session', id], { env: server.env })).code).toBe(0);
    expect([(await posts(phone)).status, (await posts(tablet)).status]).toEqual([401, 200]);
    expect((await manage(['sessions', 'end', user], { env: server.env })).code).toBe(0);
    expect((await posts(tablet)).status).toBe(401);
    const none = await manage(['sessions', 'list', user], { env: server.env });
    expect([none.code, none.stdout]).toEqual([0, '']);
    expect(none.stderr).toContain(`${user} has no sessions.\n`);
    const unknown = await manage(['sessions', 'list', 'unknown'], { env: server.env });
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      'The user "unknown" does not exist. List the users with: users list\n',
    ]);
    const other = await logIn();
    await manage(['users', 'disable', user], { env: server.env });
    await manage(['users', 'enable', user], { env: server.env });
    expect((await posts(other)).body).toEqual({ detail: 'Token has been revoked.' });
  });
});
