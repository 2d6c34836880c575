import { inspect } from 'node:util';
import { GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postAttributes } from '../../lib/dynamodb/post-item.ts';
import { userAttributes } from '../../lib/dynamodb/user-item.ts';
import { createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { admitted, type EventOptions, post, proxyEvent } from '../../tools/harness/events.ts';
import { createService, type Reply, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import {
  anyAddress,
  anyBody,
  anyClaims,
  anyCursor,
  anyHeaders,
  anyLimit,
  anyPublicFunction,
  anyStored,
  anyText,
  anyToken,
  anyType,
  partsOf,
  RUNS,
  TIME_MS,
} from '../support/arbitraries.ts';
import { assertDocumented } from '../support/documented-answers.ts';
import { plainPasswords, UNTHROTTLED } from '../support/plain-passwords.ts';
import { postOf } from '../support/posts.ts';
import { fewRetries } from '../support/retry-timing.ts';

/** The number of runs of a property that calls the embedded DynamoDB several times. */
const FEW = Math.ceil(RUNS / 8);

let table: TestTable;
let service: ReturnType<typeof createService>;
let token = '';
const user = userOf({ password: 'pw' });

beforeAll(async () => {
  table = await createTestTable();
  await createUserRepository(table).create(user);
  for (const pk of [1, 2, 3]) await createPostRepository(table).put(postOf({ pk }));
  service = createService(table, {
    passwords: plainPasswords,
    throttling: UNTHROTTLED,
    // A write to an invalid item can conflict each time.
    retryTiming: fewRetries(),
  });
  token = tokenOf(await service.post('obtain', { username: 'deku', password: 'pw' }));
});
afterAll(() => table.remove());

describe('every response is documented', () => {
  it(
    'for any body of any content type',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyPublicFunction, anyType, anyBody, async (name, type, body) => {
          assertDocumented(await service.invoke(name, post(type, body)));
        }),
        { numRuns: RUNS * 2 },
      );
    },
    TIME_MS,
  );

  it(
    'for any headers, method, path, query and address',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          anyPublicFunction,
          fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
          anyHeaders,
          fc.webPath(),
          fc.dictionary(anyText, anyText, { maxKeys: 3 }),
          anyAddress,
          async (name, method, headers, path, query, sourceIp) => {
            const body = JSON.stringify({ username: 'deku', password: 'pw', token });
            const all = { 'Content-Type': 'application/json', ...headers };
            assertDocumented(
              await service.invoke(
                name,
                proxyEvent(method, { headers: all, path: `/${path}`, query, body, sourceIp }),
              ),
            );
            // The generated request may be a logout.
            if (name === 'revoke')
              token = tokenOf(await service.post('obtain', { username: 'deku', password: 'pw' }));
          },
        ),
        { numRuns: FEW },
      );
    },
    TIME_MS,
  );

  it(
    'for any text as a token, and for modified tokens',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyPublicFunction, fc.oneof(anyToken, partsOf(token)), async (name, text) => {
          assertDocumented(await service.post(name, { token: text }));
          assertDocumented(await service.getPosts(`JWT ${text}`));
        }),
        { numRuns: RUNS },
      );
    },
    TIME_MS,
  );

  it(
    'for a correctly signed token with any claims',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom('verify', 'refresh', 'revoke'), anyClaims, async (name, odd) => {
          const signed = djangoToken(user, { at: Date.now() - 5_000, ...odd });
          assertDocumented(await service.post(name, { token: signed }));
          assertDocumented(await service.call('account', 'GET', `JWT ${signed}`));
        }),
        { numRuns: FEW },
      );
    },
    TIME_MS,
  );

  it(
    'for any query and cursor of the posts, and any session id',
    async () => {
      const fresh = tokenOf(await service.post('obtain', { username: 'deku', password: 'pw' }));
      const own = (name: 'posts' | 'session' | 'sessions', method: string, options: EventOptions) =>
        service.call(name, method, `JWT ${fresh}`, options);
      await fc.assert(
        fc.asyncProperty(anyLimit, anyCursor, anyText, async (limit, cursor, sid) => {
          assertDocumented(await own('posts', 'GET', { path: '/api/blog/posts/', query: { limit } }));
          assertDocumented(await own('posts', 'GET', { path: '/api/blog/posts/', query: { cursor } }));
          assertDocumented(await own('session', 'DELETE', { pathParameters: { sid } }));
        }),
        { numRuns: FEW },
      );
    },
    TIME_MS,
  );
});

type Item = Readonly<Record<string, unknown>>;

const itemSchema = v.looseObject({ sessions: v.record(v.string(), v.record(v.string(), v.unknown())) });

describe('invalid stored item', () => {
  const broken = userOf({ id: 77, username: 'broken', password: 'canary-of-a-hash' });
  const whole = { pk: 'USER#broken', ...userAttributes({ user: broken, imported: undefined }), sessions: {} };
  const authorizer = { ...admitted, user_id: 77, username: 'broken', exp: Number.MAX_SAFE_INTEGER };
  const get = (path: string, query?: Record<string, string>) =>
    proxyEvent('GET', { path, authorizer, ...(query && { query }) });
  const put = (item: Item) => table.client.send(new PutCommand({ TableName: table.name, Item: item }));
  const logIn = (password = broken.password) => service.post('obtain', { username: 'broken', password });

  /** Replaces attributes of an item with arbitrary values and checks the responses. */
  const checkInvalid = (
    names: readonly string[],
    itemWith: (change: Item) => Item,
    ask: () => Promise<readonly Reply[]>,
  ) =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), anyStored, async (name, value) => {
        await put(itemWith({ [name]: value }));
        for (const reply of await ask()) {
          assertDocumented(reply, 503);
          expect(JSON.stringify([reply.headers, reply.body])).not.toContain('canary');
        }
      }),
      { numRuns: FEW },
    );

  it(
    'of a user results in a documented error without details',
    async () => {
      const names = Object.keys(whole).filter((name) => name !== 'pk');
      await checkInvalid(
        [...names, 'ended_tokens', 'ended_up_to', 'folded_up_to', 'places'],
        (change) => ({ ...whole, ...change }),
        async () => {
          const signed = djangoToken(broken, { at: Date.now() - 5_000 });
          return [
            await logIn(),
            await service.post('verify', { token: signed }),
            await service.post('refresh', { token: signed }),
            await service.invoke('account', get('/api/account/')),
          ];
        },
      );
    },
    TIME_MS,
  );

  it(
    'with an invalid session results in a documented error without details',
    async () => {
      await put(whole);
      const own = tokenOf(await logIn());
      const key = { TableName: table.name, Key: { pk: whole.pk } };
      const { sessions, ...rest } = v.parse(itemSchema, (await table.client.send(new GetCommand(key))).Item);
      const [[sid, session] = ['', {}]] = Object.entries(sessions);
      await checkInvalid(
        [...Object.keys(session), 'previous_exp', 'previous_email', 'previous_nonce', 'idempotency_key'],
        (change) => ({ ...rest, sessions: { [sid]: { ...session, ...change } } }),
        async () => {
          const policy = await service.authorize(`JWT ${own}`).catch((error: unknown) => error);
          if (!(policy instanceof Error)) expect(JSON.stringify(policy)).not.toContain('canary');
          return [
            await service.post('verify', { token: own }),
            await service.invoke('sessions', get('/api/sessions/')),
            await service.post('refresh', { token: own }),
            await service.post('revoke', { token: own }),
          ];
        },
      );
    },
    TIME_MS,
  );

  it(
    'of a post results in a documented error without details',
    async () => {
      const post = { ...postAttributes(postOf({ pk: 2 })), pk: 'POST#2' };
      await checkInvalid(
        Object.keys(post).filter((name) => !['pk', 'listing'].includes(name)),
        // DynamoDB rejects an item whose sort key of an index is not a string.
        (change) =>
          'listing_order' in change
            ? { ...post, listing_order: inspect(change.listing_order) }
            : { ...post, ...change },
        async () => [
          await service.invoke('posts', get('/api/blog/posts/')),
          await service.invoke('posts', get('/api/blog/posts/', { limit: '1' })),
        ],
      );
    },
    TIME_MS,
  );

  it(
    'of a counter results in a documented error or a throttled login',
    async () => {
      await put(whole);
      await logIn('wrong');
      const { Items: counters = [] } = await table.client.send(
        new ScanCommand({
          TableName: table.name,
          FilterExpression: 'begins_with(pk, :prefix)',
          ExpressionAttributeValues: { ':prefix': 'FAILURES#' },
        }),
      );
      const names = ['failures', 'consecutive', 'recent', 'expires'];
      expect(counters.length).toBeGreaterThanOrEqual(2);
      let count = 0;
      await checkInvalid(
        names,
        (change) => {
          count += 1;
          return { ...counters[count % counters.length], ...change };
        },
        async () => [await logIn('wrong'), await logIn()],
      );
    },
    TIME_MS,
  );
});
