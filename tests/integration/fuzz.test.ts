import { inspect } from 'node:util';
import { GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postAttributes } from '../../lib/dynamodb/post-item.ts';
import { PostRepository } from '../../lib/dynamodb/posts.ts';
import { userAttributes } from '../../lib/dynamodb/user-item.ts';
import { UserRepository } from '../../lib/dynamodb/users.ts';
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

/** How often a rule is tried that asks the embedded DynamoDB several times. */
const FEW = Math.ceil(RUNS / 8);

let table: TestTable;
let service: ReturnType<typeof createService>;
let token = '';
const user = userOf({ password: 'pw' });

beforeAll(async () => {
  table = await createTestTable();
  await new UserRepository(table).create(user);
  for (const pk of [1, 2, 3]) await new PostRepository(table).put(postOf({ pk }));
  service = createService(table, { passwords: plainPasswords, throttling: UNTHROTTLED });
  token = tokenOf(await service.post('obtain', { username: 'deku', password: 'pw' }));
});
afterAll(() => table.remove());

describe('whatever comes, the answer is one of those documented', () => {
  it(
    'to any body of any type',
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
    'to any headers, method, path, query and address',
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
            // A logout is among what is tried.
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
    'to any text as a token, and to parts of tokens',
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
    'to a rightly signed token with any claims',
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
    'to any query and cursor of the posts, and any id of a session',
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

describe('whatever is stored', () => {
  const broken = userOf({ id: 77, username: 'broken', password: 'canary-of-a-hash' });
  const whole = { pk: 'USER#broken', ...userAttributes({ user: broken, imported: undefined }), sessions: {} };
  const authorizer = { ...admitted, user_id: 77, username: 'broken', exp: Number.MAX_SAFE_INTEGER };
  const get = (path: string, query?: Record<string, string>) =>
    proxyEvent('GET', { path, authorizer, ...(query && { query }) });
  const put = (item: Item) => table.client.send(new PutCommand({ TableName: table.name, Item: item }));
  const logIn = (password = broken.password) => service.post('obtain', { username: 'broken', password });

  /** Puts any value in the place of any of an item's, and looks at what is answered then. */
  const breaking = (
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
    'a broken item is a fault in the documented shape, with nothing of it told',
    async () => {
      const names = Object.keys(whole).filter((name) => name !== 'pk');
      await breaking(
        [...names, 'ended_tokens', 'ended_up_to', 'places'],
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
    'a broken session is one too, and the authorizer lets nobody in by it unless it is whole enough',
    async () => {
      await put(whole);
      const own = tokenOf(await logIn());
      const key = { TableName: table.name, Key: { pk: whole.pk } };
      const { sessions, ...rest } = v.parse(itemSchema, (await table.client.send(new GetCommand(key))).Item);
      const [[sid, session] = ['', {}]] = Object.entries(sessions);
      await breaking(
        [...Object.keys(session), 'previous_exp', 'previous_email', 'previous_nonce', 'idempotency_key'],
        (change) => ({ ...rest, sessions: { [sid]: { ...session, ...change } } }),
        async () => {
          const admission = await service.authorize(`JWT ${own}`).catch((error: unknown) => error);
          if (!(admission instanceof Error)) expect(JSON.stringify(admission)).not.toContain('canary');
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
    'a broken post is one too',
    async () => {
      const post = { ...postAttributes(postOf({ pk: 2 })), pk: 'POST#2' };
      await breaking(
        Object.keys(post).filter((name) => !['pk', 'listing'].includes(name)),
        // What an index sorts by is a text, or DynamoDB does not take the item.
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
    'a broken counter is one too, or a limit that is reached',
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
      await breaking(
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
