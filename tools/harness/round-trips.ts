import { createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { callsDuring } from './calls.ts';
import { djangoToken } from './django-token.ts';
import { postJson } from './events.ts';
import { createService, THROTTLE, tokenOf } from './service.ts';
import type { TestTable } from './table.ts';
import { cheapHash, userOf } from './users.ts';

const PASSWORD = 'Plus-Ultra-2019';
const NEXT_PASSWORD = 'ganz etwas anderes';
const POSTS = { path: '/api/blog/posts/' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

/**
 * Sends each kind of request once and records its calls to DynamoDB, including retries.
 *
 * @returns the operations of each request, in order, by the name of the request in docs/round-trips.md
 */
export async function countRoundTrips(table: TestTable): Promise<ReadonlyMap<string, readonly string[]>> {
  let now = Date.now();
  const counted = new Map<string, readonly string[]>();
  const users = createUserRepository(table);
  const user = userOf({ password: await createPasswords().hash(PASSWORD) });
  await users.create(user);
  await users.create(userOf({ id: 2, username: 'old', password: cheapHash(PASSWORD) }));
  const service = createService(table, { clock: () => now });
  const count = async (request: string, work: () => Promise<unknown>) => {
    counted.set(request, await callsDuring(table, work));
  };
  const logIn = (username: string, password = PASSWORD) => service.post('obtain', { username, password });
  // The read by the authorizer is counted separately.
  const countProtected = async (
    request: string,
    name: 'posts' | 'sessions' | 'session' | 'account' | 'password',
    method: string,
    options = {},
  ) => {
    const calls = await callsDuring(table, () => service.call(name, method, `JWT ${token}`, options));
    if (calls[0] !== 'GetItem') throw new Error(`the authorizer of ${request} starts with ${calls[0]}`);
    counted.set(request, calls.slice(1));
  };

  await count('login from a new network', () => logIn('deku'));
  await count('login', () => logIn('deku'));
  await count('login with a wrong password', () => logIn('deku', 'wrong'));
  await count('login from a new network that replaces an old hash', () => logIn('old'));
  now = await countRefusedLogins(table, now, count);
  let token = tokenOf(await logIn('deku'));
  const other = tokenOf(await logIn('deku'));
  now += 2000;
  await count('authorizer of a protected route', () => service.authorize(`JWT ${token}`));
  await count('verify', () => service.post('verify', { token }));
  await count('any request with an invalid token', () => service.post('verify', { token: 'x.y.z' }));
  const withUser = createService(table, { clock: () => now, responseUser: true });
  await count('verify with RESPONSE_USER', () => withUser.post('verify', { token }));
  const refresh = (one: string) => service.post('refresh', { token: one });
  await count('refresh', () => refresh(token));
  await count('repeated refresh with the same token', () => refresh(token));
  await refresh(tokenOf(await refresh(token)));
  await count('refresh of an older token, without reuse detection', () => refresh(token));
  const strict = createService(table, { clock: () => now, settings: { reuseDetection: 'always' } });
  await count('refresh of an older token, with reuse detection', () => strict.post('refresh', { token }));
  const legacy = djangoToken(user, { at: now });
  await count('first refresh of a token issued by Django', () => refresh(legacy));
  await count('repeated refresh of a token issued by Django', () => refresh(legacy));
  await count('logout', () => service.post('revoke', { token: other }));
  token = tokenOf(await logIn('deku'));
  for (const query of [{ limit: '2' }, { limit: '1000' }, {}]) {
    await countProtected('page of posts, of any size and position', 'posts', 'GET', {
      ...POSTS,
      query,
    });
  }
  await countProtected('account', 'account', 'GET');
  await countProtected('list of sessions', 'sessions', 'GET');
  const { body } = await service.call('sessions', 'GET', `JWT ${token}`);
  const sid = Array.isArray(body) ? String(body.find(({ current }) => !current)?.id) : '';
  await countProtected('end of one session', 'session', 'DELETE', { pathParameters: { sid } });
  await countProtected('end of all other sessions', 'sessions', 'DELETE');
  const change = JSON.stringify({ current_password: PASSWORD, new_password: NEXT_PASSWORD });
  await countProtected('change of the password', 'password', 'POST', { body: change, headers: JSON_TYPE });
  return counted;
}

/**
 * Counts the calls of attempts that exceed the limits. Each limit is tested from a different network.
 *
 * @param start milliseconds since 1970
 * @returns the time of the last attempt, in milliseconds since 1970
 */
async function countRefusedLogins(
  table: TestTable,
  start: number,
  count: (request: string, work: () => Promise<unknown>) => Promise<void>,
): Promise<number> {
  let now = start;
  const serviceOf = (networkFailures: number) =>
    createService(table, {
      clock: () => now,
      throttling: { ...THROTTLE, network: { failures: networkFailures, seconds: 900 } },
    });
  const guess = (service: ReturnType<typeof createService>, username: string, sourceIp: string) =>
    service.invoke('obtain', postJson({ username, password: 'wrong' }, { sourceIp }));
  const refuse = (request: string, ...guessed: Parameters<typeof guess>) =>
    count(request, async () => {
      const { status } = await guess(...guessed);
      if (status !== 429) throw new Error(`${request}: ${status} instead of 429`);
    });
  const logIn = async (service: ReturnType<typeof createService>) => {
    const event = postJson({ username: 'deku', password: PASSWORD }, { sourceIp: '192.0.2.1' });
    const { status } = await service.invoke('obtain', event);
    if (status !== 200) throw new Error(`the owner got ${status}`);
  };
  const first = serviceOf(1);
  await logIn(first);
  await guess(first, 'one', '192.0.2.1');
  const second = serviceOf(1);
  const network = 'the network is over its limit, and the refusal is';
  const cached =
    'the network is over its limit, the refusal is cached in this execution environment, and the account does not recognize the client';
  const owner = 'login from a known network that is over its limit';
  await count(`${owner}, if the refusal is not cached`, () => logIn(serviceOf(1)));
  await refuse(`${network} not cached`, second, 'two', '192.0.2.1');
  await refuse(cached, second, 'three', '192.0.2.1');
  await count(`${owner}, if it is`, () => logIn(second));
  const service = serviceOf(THROTTLE.network.failures);
  for (const _ of Array(THROTTLE.pair.failures).keys()) await guess(service, 'four', '192.0.2.2');
  await refuse('any other refusal by a limit of the username', service, 'four', '192.0.2.2');
  now += 15_000;
  await guess(service, 'four', '192.0.2.2');
  await refuse(
    'username and network together are over their limit, the refusal is cached, and the client presents no token',
    service,
    'four',
    '192.0.2.2',
  );
  return now;
}
