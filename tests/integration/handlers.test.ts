import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createItemClient } from '../../lib/dynamodb/http-item-client.ts';
import type { UserRepository } from '../../lib/dynamodb/users.ts';
import { InternalError, UnavailableError } from '../../lib/errors.ts';
import { createPasswords, createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { requestsDuring } from '../../tools/harness/calls.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { admitted, proxyEvent } from '../../tools/harness/events.ts';
import { createService, type Reply, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { postOf } from '../support/posts.ts';

const PASSWORD = 'Plus-Ultra-2019';
const START = Date.UTC(2026, 0, 1);

let table: TestTable;
let users: UserRepository;
let hash = '';
let now = START;
let service: ReturnType<typeof createService>;

beforeAll(async () => {
  table = await createTestTable();
  users = createUserRepository(table);
  hash = await createPasswords().hash(PASSWORD);
  await users.create(userOf({ id: 1, username: 'deku', password: hash }));
  const posts = createPostRepository(table);
  for (const pk of [1, 2, 3, 4, 5]) {
    await posts.put({
      pk,
      author: 1,
      title: `post ${pk}`,
      content: '',
      createdAt: '2019-06-04T15:43:29.899123',
      updatedAt: '2019-06-04T15:43:29',
      publishedAt: pk === 5 ? null : `2019-06-0${pk}T00:00:00`,
    });
  }
});
afterAll(() => table.remove());
beforeEach(() => {
  now = START;
  service = createService(table, { clock: () => now });
});

const obtain = async () => tokenOf(await service.post('obtain', { username: 'deku', password: PASSWORD }));
const pksOf = ({ body }: Reply) => (Array.isArray(body) ? body.map((post) => post.pk) : body);

describe('token of a login', () => {
  it('can be verified, refreshed and used for posts', async () => {
    const token = await obtain();
    expect((await service.post('verify', { token })).body).toEqual({ token });
    now += 10_000;
    const refreshed = tokenOf(await service.post('refresh', { token }));
    expect(refreshed).not.toBe(token);
    expect(pksOf(await service.getPosts(`Bearer ${refreshed}`))).toEqual([4, 3, 2, 1]);
  });

  it('is rejected by every route at the next request after the user was disabled or replaced', async () => {
    const owner = userOf({ id: 70, username: 'leaver', password: hash });
    await users.create(owner);
    const token = djangoToken(owner, { at: now });
    const replies = async () => {
      const body = { token };
      const [verify, refresh] = [await service.post('verify', body), await service.post('refresh', body)];
      const posts = await service.getPosts(`JWT ${token}`);
      return [verify.status, refresh.status, posts.status, posts.body];
    };
    expect(await replies()).toMatchObject([200, 200, 200, {}]);
    await users.disable('leaver', START / 1000 - 1);
    expect(await replies()).toEqual([400, 400, 401, { detail: 'User account is disabled.' }]);
    const freed = userOf({ id: 71, username: 'leaver-2', password: hash });
    await users.create(freed);
    const inherited = djangoToken({ ...freed, id: 70 }, { at: now });
    expect((await service.getPosts(`JWT ${inherited}`)).body).toEqual({ detail: 'Invalid signature.' });
  });
});

describe('with RESPONSE_USER', () => {
  it('obtain, verify and refresh return the user with the token; obtain makes no further call', async () => {
    const owner = userOf({
      id: 80,
      username: '유저',
      password: hash,
      email: 'u@example.com',
      firstName: '저',
    });
    await users.create(owner);
    const credentials = { username: owner.username, password: PASSWORD };
    const user = { pk: 80, username: '유저', email: 'u@example.com', first_name: '저', last_name: '' };
    const on = createService(table, { clock: () => now, responseUser: true });
    const token = expect.any(String);

    // From then on, the account knows the network.
    await service.post('obtain', credentials);
    const usual = await requestsDuring(table, () => service.post('obtain', credentials));
    const replies: Reply[] = [];
    const made = await requestsDuring(table, async () => {
      replies.push(await on.post('obtain', credentials));
    });
    expect(made.length).toBe(usual.length);
    expect(replies).toMatchObject([{ status: 200 }]);
    const [login] = replies;
    expect(login?.body).toEqual({ token, user });
    const issued = login === undefined ? '' : tokenOf(login);
    expect((await on.post('verify', { token: issued })).body).toEqual({ token: issued, user });
    now += 10_000;
    expect((await on.post('refresh', { token: issued })).body).toEqual({ token, user });
    expect((await on.post('obtain', { ...credentials, password: 'wrong' })).body).toEqual({
      non_field_errors: ['Unable to log in with provided credentials.'],
    });
  });
});

describe('authorizer', () => {
  it('returns a policy for the whole stage, with the principal and its expiry', async () => {
    expect(await service.authorize(`JWT ${await obtain()}`)).toEqual({
      principalId: '1',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Action: 'execute-api:Invoke',
            Effect: 'Allow',
            Resource: 'arn:aws:execute-api:eu-west-1:123456789012:abc123/test/*',
          },
        ],
      },
      context: {
        user_id: 1,
        username: 'deku',
        sid: expect.stringMatching(/^[\w-]{22}$/),
        legacy: false,
        gen: 0,
        login_at: START / 1000,
        exp: START / 1000 + 7 * 86_400,
      },
    });
  });

  it.each([
    ['', 'Authentication credentials were not provided.'],
    ['Basic ZGVrdTp4', 'Authentication credentials were not provided.'],
    ['JWT', 'Invalid Authorization header. No credentials provided.'],
    ['JWT a b', 'Invalid Authorization header. Credentials string should not contain spaces.'],
    ['JWT <script>', 'Error decoding signature.'],
  ])('denies %j with a fixed message and no request data', async (header, detail) => {
    const { policyDocument, context } = await service.authorize(header);
    expect(policyDocument.Statement[0]?.Effect).toBe('Deny');
    expect(context).toEqual({ detail });
  });

  it('throws if it cannot check the token, instead of denying', async () => {
    const token = await obtain();
    const client = createItemClient({ region: 'local', endpoint: 'http://127.0.0.1:1' });
    const unreachable = createService({ client, name: table.name }, { clock: () => now });
    await expect(unreachable.authorize(`JWT ${token}`)).rejects.toThrow(UnavailableError);
  });

  it('includes the leeway in the expiry, so that the handler accepts the same tokens', async () => {
    const lenient = createService(table, { clock: () => now, settings: { leewaySeconds: 60 } });
    const token = await obtain();
    now += 7 * 86_400_000 + 30_000;
    expect((await service.getPosts(`JWT ${token}`)).status).toBe(401);
    expect((await lenient.getPosts(`JWT ${token}`)).status).toBe(200);
  });

  it('accepts unusual but validly signed claims', async () => {
    const odd = createService(table, { clock: () => now });
    const token = djangoToken({ id: 1, username: 'deku', email: '' }, { at: now, exp: 1e300 });
    expect((await odd.getPosts(`JWT ${token}`)).status).toBe(200);
  });
});

describe('GET /api/blog/posts/', () => {
  it('responds with 500 without an authorizer context', async () => {
    const reply = await service.invoke('posts', proxyEvent('GET', { path: '/api/blog/posts/' }));
    expect(reply.status).toBe(500);
    expect(service.lines.at(-1)).toContain(InternalError.name);
  });

  it('returns the next pages by Link, up to the last one', async () => {
    const authorization = `JWT ${await obtain()}`;
    const first = await service.getPosts(authorization, { query: { limit: '3' } });
    expect(pksOf(first)).toEqual([4, 3, 2]);
    const link = /^<\?([^>]*)>; rel="next"$/.exec(String(first.headers.Link))?.[1];
    const query = Object.fromEntries(new URLSearchParams(link));
    const second = await service.getPosts(authorization, { query });
    expect(pksOf(second)).toEqual([1]);
    expect(second.headers.Link).toBeUndefined();
  });

  it.each([
    [{ limit: '0' }, { limit: ['Ensure this value is greater than or equal to 1.'] }],
    [{ cursor: 'x' }, { cursor: ['Invalid cursor.'] }],
  ])('rejects the query %j', async (query, body) => {
    const reply = await service.getPosts(`JWT ${await obtain()}`, { query });
    expect([reply.status, reply.body]).toEqual([400, body]);
  });

  it('responds with 304 if the ETag matches', async () => {
    const authorization = `JWT ${await obtain()}`;
    const first = await service.getPosts(authorization);
    const etag = String(first.headers.ETag);
    const ask = async (ifNoneMatch: string) =>
      (await service.getPosts(authorization, { headers: { 'If-None-Match': ifNoneMatch } })).status;
    expect(await ask(etag)).toBe(304);
    expect(await ask(`"other", W/${etag}`)).toBe(304);
    expect(await ask('*')).toBe(304);
    expect(await ask('"other"')).toBe(200);
    const third = await service.getPosts(authorization, { query: { limit: '3' } });
    expect(third.headers.ETag).not.toBe(etag);
  });

  it('keeps a page and its ETag for the time of the cache, but not for a revoked token', async () => {
    const posts = createPostRepository(table);
    const cached = createService(table, { clock: () => now, postsCacheMs: 5_000 });
    const authorization = `JWT ${await obtain()}`;
    const query = { limit: '1' };
    const first = await cached.getPosts(authorization, { query });
    const newest = postOf({ pk: 900, publishedAt: '2099-01-01T00:00:00' });
    await posts.put(newest);
    expect(await cached.getPosts(authorization, { query })).toEqual(first);
    expect((await service.getPosts(authorization, { query })).headers.ETag).not.toBe(first.headers.ETag);
    now += 5_000;
    const later = await cached.getPosts(authorization, { query });
    expect(later.body).toMatchObject([{ pk: 900 }]);
    expect(later.headers.ETag).not.toBe(first.headers.ETag);
    await service.post('revoke', { token: authorization.slice('JWT '.length) });
    expect((await cached.getPosts(authorization, { query })).status).toBe(401);
    await posts.delete(newest.pk);
  });
});

describe('unreachable DynamoDB', () => {
  it('results in 503 with Retry-After on every route, without details in the body', async () => {
    const token = await obtain();
    const client = createItemClient({ region: 'local', endpoint: 'http://127.0.0.1:1' });
    const unreachable = createService({ client, name: table.name }, { clock: () => now });
    const authorizer = { ...admitted, exp: now / 1000 };
    const replies = [
      await unreachable.post('obtain', { username: 'deku', password: PASSWORD }),
      await unreachable.post('verify', { token }),
      await unreachable.post('refresh', { token }),
      await unreachable.invoke('posts', proxyEvent('GET', { path: '/api/blog/posts/', authorizer })),
    ];
    for (const { status, headers, body } of replies) {
      expect(status).toBe(503);
      expect(headers['Retry-After']).toMatch(/^\d+$/);
      expect(body).toEqual({ detail: 'Service temporarily unavailable, try again later.' });
    }
  });
});
