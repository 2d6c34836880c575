import { PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { userAttributes } from '../../lib/dynamodb/user-item.ts';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import type { PasswordChecker } from '../../lib/users/login.ts';
import { djangoToken } from '../support/django-token.ts';
import { type EventOptions, post, proxyEvent } from '../support/events.ts';
import { createService, type Reply, tokenOf } from '../support/service.ts';
import { createTestTable, type TestTable } from '../support/table.ts';
import { userOf } from '../support/users.ts';

/** How often each rule is tried; `FUZZ_RUNS` says otherwise. The seed is in the message of a failure. */
const RUNS = Number(process.env.FUZZ_RUNS || 4_000);
const FEW = Math.ceil(RUNS / 8);
const TIME_MS = 120_000;

/** Hashing has tests of its own; here it would take all the time. */
const passwords: PasswordChecker = {
  verify: async (encoded, password) => (encoded === password ? 'match' : 'mismatch'),
  hash: async (password) => password,
  needsRehash: () => false,
  isCurrentWork: () => true,
  decoy: async () => {},
};

const unlimited = { failures: 999_999, seconds: 900 };

let table: TestTable;
let service: ReturnType<typeof createService>;
let token = '';
const user = userOf({ password: 'pw' });

beforeAll(async () => {
  table = await createTestTable();
  await new UserRepository(table).create(user);
  service = createService(table, {
    passwords,
    throttling: { pair: unlimited, network: unlimited, accountFailures: 999_999 },
  });
  token = tokenOf(await service.post('obtain', { username: 'deku', password: 'pw' }));
});
afterAll(() => table.remove());

/** Every shape that README documents. */
const shapes = v.union([
  v.strictObject({ token: v.string() }),
  v.strictObject({ detail: v.string(), code: v.optional(v.string()), request_id: v.optional(v.string()) }),
  v.pipe(v.record(v.string(), v.array(v.string())), v.maxEntries(3)),
  v.array(v.looseObject({ model: v.literal('blog.post') })),
  v.array(v.looseObject({ id: v.string(), current: v.boolean() })),
  v.looseObject({ id: v.number(), username: v.string() }),
]);
/** Words of the inside: stacks, paths, names of libraries and of errors. */
const INTERNALS =
  /node_modules|\.ts\b|\.mjs\b|\bat \w+.*:\d+|TypeError|SyntaxError|Valibot|dynamo|Exception|USER#|FAILURES#/i;

function assertDocumented({ status, headers, body }: Reply, most = 499): void {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThanOrEqual(most);
  if (body !== undefined) expect(v.is(shapes, body), JSON.stringify(body)).toBe(true);
  expect(JSON.stringify([headers, body])).not.toMatch(INTERNALS);
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', ' ', '\0', '\ud800', '__proto__', 'null', 'deku', 'pw'),
);
const anyName = fc.constantFrom('obtain', 'verify', 'refresh', 'revoke');
const anyType = fc.oneof(
  fc.constantFrom(
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
    'application/json; charset=utf-16le',
    'multipart/form-data',
    'text/plain',
  ),
  anyText,
);
const FIELDS = ['username', 'password', 'token', '__proto__', 'constructor'];
const anyForm = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...FIELDS), anyText), anyText), { maxLength: 5 })
  .map((pairs) => pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&'));
const encoded = (text: string) =>
  encodeURIComponent(text.toWellFormed?.() ?? text.replace(/[\ud800-\udfff]/g, '?'));
const anyMultipart = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...FIELDS), anyText), anyText, fc.boolean()), { maxLength: 4 })
  .map((parts) =>
    [
      ...parts.map(
        ([name, value, isFile]) =>
          `--b\r\nContent-Disposition: form-data; name="${name}"${isFile ? '; filename="f"' : ''}\r\n\r\n${value}\r\n`,
      ),
      '--b--\r\n',
    ].join(''),
  );
const anyBody = fc.oneof(
  fc.json(),
  fc
    .dictionary(fc.constantFrom(...FIELDS), fc.oneof(anyText, fc.jsonValue()))
    .map((value) => JSON.stringify(value)),
  anyForm,
  anyMultipart,
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 300 }),
);
const anyHeaders = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      'Accept',
      'Authorization',
      'Idempotency-Key',
      'If-None-Match',
      'Latchkey-Device',
      'Origin',
      'User-Agent',
      'Content-Encoding',
      'Content-Length',
      'X-Forwarded-For',
    ),
    fc.stringMatching(/^[A-Za-z-]{1,20}$/),
  ),
  anyText,
  { maxKeys: 6 },
);
const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6(), anyText);

describe('whatever comes, the answer is one of those documented', () => {
  it(
    'to any body of any type',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyName, anyType, anyBody, async (name, type, body) => {
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
          anyName,
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
      const part = fc.oneof(
        fc.base64String().map((text) => text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')),
        fc.json().map((text) => Buffer.from(text).toString('base64url')),
        anyText,
      );
      const anyToken = fc.oneof(
        fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
        anyText,
      );
      await fc.assert(
        fc.asyncProperty(anyName, anyToken, async (name, text) => {
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
      const anyClaim = fc.oneof(fc.jsonValue(), fc.double(), fc.integer(), fc.maxSafeInteger(), anyText);
      const claims = fc.dictionary(
        fc.constantFrom(
          'user_id',
          'username',
          'exp',
          'email',
          'orig_iat',
          'nbf',
          'iat',
          'aud',
          'iss',
          'sid',
          'gen',
          'x',
        ),
        anyClaim,
        { maxKeys: 4 },
      );
      await fc.assert(
        fc.asyncProperty(fc.constantFrom('verify', 'refresh', 'revoke'), claims, async (name, odd) => {
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
      const anyCursor = fc.oneof(
        fc.base64String().map((text) => Buffer.from(text).toString('base64url')),
        fc.json().map((text) => Buffer.from(text).toString('base64url')),
        anyText,
      );
      const anyLimit = fc.oneof(fc.integer().map(String), fc.double().map(String), anyText);
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

describe('whatever is stored', () => {
  it(
    'a broken item is a fault in the documented shape, with nothing of it told',
    async () => {
      const anyStored = fc.oneof(
        fc.constant(null),
        fc.integer(),
        fc.string({ unit: 'grapheme' }),
        fc.boolean(),
        fc.dictionary(fc.string({ minLength: 1 }), fc.integer(), { maxKeys: 2 }),
        fc.array(fc.integer(), { maxLength: 2 }),
      );
      const broken = userOf({ id: 77, username: 'broken', password: 'canary-of-a-hash' });
      const whole = {
        pk: 'USER#broken',
        ...userAttributes({ user: broken, imported: undefined }),
        sessions: {},
      };
      const names = Object.keys(whole).filter((name) => name !== 'pk');
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...names, 'ended_tokens', 'ended_up_to', 'places'),
          anyStored,
          async (name, value) => {
            await table.client.send(
              new PutCommand({ TableName: table.name, Item: { ...whole, [name]: value } }),
            );
            const signed = djangoToken(broken, { at: Date.now() - 5_000 });
            for (const reply of [
              await service.post('obtain', { username: 'broken', password: 'canary-of-a-hash' }),
              await service.post('verify', { token: signed }),
              await service.post('refresh', { token: signed }),
            ]) {
              assertDocumented(reply, 503);
              expect(JSON.stringify(reply.body)).not.toContain('canary');
            }
          },
        ),
        { numRuns: FEW },
      );
    },
    TIME_MS,
  );
});
