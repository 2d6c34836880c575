import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { resourcePathOf } from '../../local/gateway/request-target.ts';
import { type RunningServer, tableOf } from '../../tools/harness/server.ts';
import { type Reply, tokenOf } from '../../tools/harness/service.ts';
import { cheapHash, userOf } from '../../tools/harness/users.ts';
import { anyCursor, anyLimit, anyText, anyToken, partsOf, RUNS, TIME_MS } from '../support/arbitraries.ts';
import { describedApi } from '../support/described-responses.ts';
import { assertDocumented, INTERNALS } from '../support/documented-answers.ts';
import {
  anyHeaderList,
  anyMethod,
  anyTarget,
  anyUpload,
  type HttpRequest,
  PUBLIC_PATHS,
  toBytes,
  toHeaderValue,
} from '../support/http-arbitraries.ts';
import { anyMalformedRequest, KNOWN } from '../support/malformed-requests.ts';
import { postOf } from '../support/posts.ts';
import { startBuiltServer } from '../support/programs.ts';
import { exchange, portOf } from '../support/raw-http.ts';

const PASSWORD = 'canary-password';
/** The settings of fast-check. They report a failure even if each attempt to shrink it hangs. */
const settings = (runs: number) => ({
  numRuns: Math.ceil(runs),
  interruptAfterTimeLimit: TIME_MS / 2,
  markInterruptAsFailure: true,
});
/** Limits that are never reached. Otherwise all responses would be 429. */
const UNLIMITED = {
  THROTTLE_PAIR_FAILURES: '1000',
  THROTTLE_ADDRESS_FAILURES: '999999',
  LOGIN_REFUSAL_STEP_MS: '0',
};

let server: RunningServer;
let port = 0;
let token = '';
let startOutput = 0;

beforeAll(async () => {
  server = await startBuiltServer({ env: UNLIMITED });
  port = portOf(server.url);
  startOutput = server.output().length;
  const table = await tableOf(server);
  await createUserRepository(table).create(userOf({ id: 77, password: cheapHash(PASSWORD) }));
  for (const pk of [11, 12, 13])
    await createPostRepository(table).put(postOf({ pk, publishedAt: '2999-12-31T00:00:00' }));
  table.client.destroy();
  token = await logIn();
});
afterAll(() => server?.stop());

const plain = { headers: [], body: undefined, chunks: [] };
const jsonOf = (value: unknown) => ({
  headers: [['Content-Type', 'application/json'] as const],
  body: Buffer.from(JSON.stringify(value)),
  chunks: [],
});
const logIn = async () =>
  tokenOf(await answerTo({ ...jsonOf({ username: 'deku', password: PASSWORD }), ...toObtain }));
const toObtain = { method: 'POST', target: '/api/token/' };
const bearing = (text: string) => [['Authorization', `JWT ${text}`] as const];

/** Sends a valid HTTP request, and returns its response. */
async function answerTo(request: HttpRequest): Promise<Reply> {
  const [reply, ...more] = await exchange(port, toBytes(request), { isHead: request.method === 'HEAD' });
  if (reply === undefined || more.length > 0) throw new Error(`${more.length} more answers than one`);
  return reply;
}
/** Asserts that the response is documented, and is as docs/openapi.json describes it. */
async function assertAnswered(request: HttpRequest): Promise<void> {
  const reply = await answerTo(request);
  assertDocumented(reply);
  const { method, target } = request;
  // A path that names no resource gets the gateway's 404.
  if (resourcePathOf(method, target) === undefined) return;
  const [path = ''] = target.split('?');
  const { status, headers } = reply;
  const header = (name: string) => headers[name]?.toString();
  // For HEAD, only a response to a request that the server cannot parse has a body.
  const hasBody = reply.body !== undefined && method !== 'HEAD';
  const body = hasBody ? JSON.stringify(reply.body) : '';
  expect(describedApi().problemOf({ method, path, status, header, body })).toBeUndefined();
}

const slashed = (path: string) => fc.constantFrom(path, `${path}/`);

describe('the local server responds in time and as documented to', () => {
  it(
    'any body with any media type and encoding, with or without chunks',
    async () => {
      const anyPath = fc.constantFrom(...PUBLIC_PATHS, '/api/account/password').chain(slashed);
      await fc.assert(
        fc.asyncProperty(anyPath, anyUpload, async (target, upload) => {
          await assertAnswered({ method: 'POST', target, ...upload });
        }),
        settings(RUNS / 4),
      );
    },
    TIME_MS,
  );

  it(
    'any method, path, query and headers',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          anyMethod,
          anyTarget,
          anyHeaderList,
          anyUpload,
          async (method, target, own, upload) => {
            await assertAnswered({ method, target, ...plain, headers: own });
            await assertAnswered({ method, target, ...upload, headers: [...own, ...upload.headers] });
          },
        ),
        settings(RUNS / 8),
      );
    },
    TIME_MS,
  );

  it('a request for the description of the API', async () => {
    await assertAnswered({ method: 'GET', target: '/api/openapi.json', ...plain });
  });

  it(
    'any text as a token, and parts of a valid token',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('verify', 'refresh', 'revoke'),
          fc.oneof(anyToken, partsOf(token)),
          fc.constantFrom('JWT ', 'jwt  ', 'Bearer ', 'Basic ', '', 'JWT\t'),
          async (name, text, prefix) => {
            await assertAnswered({
              method: 'POST',
              target: `/api/token/${name}/`,
              ...jsonOf({ token: text }),
            });
            const headers = [['Authorization', prefix + toHeaderValue(text)] as const];
            await assertAnswered({ method: 'GET', target: '/api/blog/posts/', ...plain, headers });
          },
        ),
        settings(RUNS / 8),
      );
    },
    TIME_MS,
  );

  it(
    'any limit and cursor of the posts, and any session id',
    async () => {
      const headers = bearing(await logIn());
      const encode = (text: string) => encodeURIComponent(text.toWellFormed());
      const get = (target: string) => assertAnswered({ method: 'GET', target, ...plain, headers });
      await fc.assert(
        fc.asyncProperty(anyLimit, anyCursor, anyText, async (limit, cursor, sid) => {
          await get(`/api/blog/posts/?limit=${encode(limit)}`);
          await get(`/api/blog/posts?cursor=${encode(cursor)}&limit=2`);
          const target = `/api/sessions/${encode(sid)}/`;
          await assertAnswered({ method: 'DELETE', target, ...plain, headers });
        }),
        settings(RUNS / 20),
      );
    },
    TIME_MS,
  );

  /**
   * The server responds with a 4xx to bytes that Node.js cannot parse, or closes the connection if the client ended it first.
   * It responds to parsed requests as to any other.
   */
  it(
    'bytes that are not a request, and to two requests at once',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyMalformedRequest, async (bytes) => {
          for (const reply of await exchange(port, bytes, { isCut: true })) assertDocumented(reply);
        }),
        { ...settings(RUNS / 8), examples: KNOWN.map((bytes): [string] => [bytes]) },
      );
    },
    TIME_MS,
  );
});

/** A log line of a function that did not fail. */
const lineSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({ level: v.optional(v.picklist(['INFO', 'WARN'])) }),
);

it('the local server has logged no fault, password, token or secret after the fuzz tests, and still works', async () => {
  const fresh = await logIn();
  const { status, body } = await answerTo({
    ...{ method: 'GET', target: '/api/blog/posts/?limit=2' },
    ...{ ...plain, headers: bearing(fresh) },
  });
  expect([status, body]).toMatchObject([200, [{ pk: 11 }, { pk: 12 }]]);
  // The output of the start contains a token on purpose.
  const written = server.output().slice(startOutput);
  const lines = written.split('\n').filter((line) => line !== '');
  expect(lines.length).toBeGreaterThan(RUNS / 8);
  for (const line of lines) expect(v.is(lineSchema, line), line).toBe(true);
  expect(written).not.toMatch(INTERNALS);
  const [secret = ''] = (await readFile(join(server.dataDir, 'secret'), 'utf8')).split('\n');
  const hidden = [secret, 'canary', '$argon2', ...fresh.split('.').slice(1), ...token.split('.').slice(1)];
  for (const one of hidden) expect(written).not.toContain(one);
  expect(written).not.toContain('"status":5');
});
