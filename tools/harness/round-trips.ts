import { UserRepository } from '../../lib/dynamodb/users.ts';
import { Passwords } from '../../lib/passwords/passwords.ts';
import { callsDuring } from './calls.ts';
import { djangoToken } from './django-token.ts';
import { createService, tokenOf } from './service.ts';
import type { TestTable } from './table.ts';
import { cheapHash, userOf } from './users.ts';

const PASSWORD = 'Plus-Ultra-2019';
const NEXT_PASSWORD = 'ganz etwas anderes';
const POSTS = { path: '/api/blog/posts/' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

/**
 * Makes each kind of request once and counts its calls to DynamoDB on the client, after its retries.
 *
 * @returns the operations of each request, in order, by the name of the request in docs/round-trips.md
 */
export async function countRoundTrips(table: TestTable): Promise<ReadonlyMap<string, readonly string[]>> {
  let now = Date.now();
  const counted = new Map<string, readonly string[]>();
  const users = new UserRepository(table);
  const user = userOf({ password: await new Passwords().hash(PASSWORD) });
  await users.create(user);
  await users.create(userOf({ id: 2, username: 'old', password: cheapHash(PASSWORD) }));
  const service = createService(table, { clock: () => now });
  const count = async (request: string, work: () => Promise<unknown>) => {
    counted.set(request, await callsDuring(table, work));
  };
  const logIn = (username: string, password = PASSWORD) => service.post('obtain', { username, password });
  // The authorizer's read is counted on its own.
  const own = async (
    request: string,
    name: 'posts' | 'sessions' | 'session' | 'account' | 'password',
    method: string,
    options = {},
  ) => {
    const calls = await callsDuring(table, () => service.call(name, method, `JWT ${token}`, options));
    if (calls[0] !== 'GetItem') throw new Error(`the authorizer of ${request} starts with ${calls[0]}`);
    counted.set(request, calls.slice(1));
  };

  await count('login', () => logIn('deku'));
  await count('login with a wrong password', () => logIn('deku', 'wrong'));
  await count('login that replaces an old hash', () => logIn('old'));
  let token = tokenOf(await logIn('deku'));
  const other = tokenOf(await logIn('deku'));
  now += 2000;
  await count('the authorizer, for any protected route', () => service.authorize(`JWT ${token}`));
  await count('verify', () => service.post('verify', { token }));
  await count('anything with a token that is not valid', () => service.post('verify', { token: 'x.y.z' }));
  const refresh = (one: string) => service.post('refresh', { token: one });
  await count('refresh', () => refresh(token));
  await count('refresh, once more with the same token', () => refresh(token));
  const legacy = djangoToken(user, { at: now });
  await count('refresh of a token that Django issued', () => refresh(legacy));
  await count('refresh of such a token, once more', () => refresh(legacy));
  await count('logout', () => service.post('revoke', { token: other }));
  token = tokenOf(await logIn('deku'));
  for (const query of [{ limit: '2' }, { limit: '1000' }, {}]) {
    await own('a page of posts, of any size and at any place', 'posts', 'GET', { ...POSTS, query });
  }
  await own('the account', 'account', 'GET');
  await own('the list of sessions', 'sessions', 'GET');
  const { body } = await service.call('sessions', 'GET', `JWT ${token}`);
  const sid = Array.isArray(body) ? String(body.find(({ current }) => !current)?.id) : '';
  await own('the end of one session', 'session', 'DELETE', { pathParameters: { sid } });
  await own('the end of all others', 'sessions', 'DELETE');
  const change = JSON.stringify({ current_password: PASSWORD, new_password: NEXT_PASSWORD });
  await own('a changed password', 'password', 'POST', { body: change, headers: JSON_TYPE });
  return counted;
}
