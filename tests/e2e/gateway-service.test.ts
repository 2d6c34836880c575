import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedDynamoDB, startEmbeddedDynamoDB } from '../../local/embedded-dynamodb.ts';

import type { RunningServer } from '../../tools/harness/server.ts';
import { startBuiltServer } from '../support/programs.ts';
import { exchange, portOf } from '../support/raw-http.ts';

const ORIGIN = 'https://app.example';

let engine: EmbeddedDynamoDB;
let server: RunningServer;
let token: string;

beforeAll(async () => {
  engine = await startEmbeddedDynamoDB();
  const env = { DYNAMODB_ENDPOINT: engine.endpoint, CORS_ALLOWED_ORIGINS: ORIGIN };
  server = await startBuiltServer({ env });
  token = /Authorization: JWT ([\w.-]+)/.exec(server.output())?.[1] ?? '';
});
afterAll(async () => {
  await server?.stop();
  await engine?.close();
});

const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`${server.url}${path}`, init);
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, body };
};

it.each(['/', '/api/', '/api/nothing/', '/api/token/nothing/'])(
  'the local gateway responds with 404 in JSON to %s',
  async (path) => {
    const { status, headers, body } = await ask(path, { headers: { Origin: ORIGIN } });
    expect([status, body]).toEqual([404, { detail: 'Not found.' }]);
    expect(headers.get('access-control-allow-origin')).toBe('*');
  },
);

it.each([
  ['no credentials', {}, 'Authentication credentials were not provided.'],
  ['no token', { Authorization: 'JWT' }, 'Invalid Authorization header. No credentials provided.'],
  ['a text that is not a token', { Authorization: 'JWT x.y.z' }, 'Error decoding signature.'],
])('the local gateway lets any origin read the reason of a 401: %s', async (_, credentials, detail) => {
  const { status, headers, body } = await ask('/api/blog/posts/', {
    headers: { Origin: 'https://other.example', ...credentials },
  });
  expect([status, body]).toEqual([401, { detail }]);
  expect(headers.get('www-authenticate')).toBe('JWT realm="api"');
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.get('access-control-expose-headers')).toBe(
    'Retry-After, WWW-Authenticate, Date, x-amzn-RequestId',
  );
  expect(headers.get('x-amzn-requestid')).toMatch(/./);
  expect(headers.get('access-control-allow-credentials')).toBeNull();
});

it('the local gateway allows a preflight without credentials for listed origins only', async () => {
  const preflight = (origin: string) =>
    ask('/api/blog/posts/', {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'authorization',
      },
    });
  const allowed = await preflight(ORIGIN);
  expect(allowed.status).toBeLessThan(300);
  expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
  const other = await preflight('https://other.example');
  expect(other.headers.get('access-control-allow-origin')).toBeNull();
});

it('the local gateway rejects a body of more than 10 MB in JSON', async () => {
  const { status, body } = await ask('/api/token/', {
    method: 'POST',
    body: 'x'.repeat(10 * 1024 * 1024 + 1),
  });
  expect([status, body]).toEqual([413, { detail: 'Request body is too large.' }]);
});

// docs/from-django.md, "Methods".
it.each([
  ['HEAD', '/api/blog/posts/', 200],
  ['OPTIONS', '/api/blog/posts/', 204],
  ['PUT', '/api/blog/posts/', 405],
  ['HEAD', '/api/token/', 405],
  ['OPTIONS', '/api/token/', 204],
  ['TRACE', '/api/token/', 404],
  ['PROPFIND', '/api/token/', 404],
  ['FOO', '/api/token/', 400],
  ['POST', '//api/token/', 404],
  ['POST', '/api//token/', 404],
])('the local gateway responds to %s %s with %i', async (method, path, status) => {
  const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: JWT ${token}\r\nConnection: close\r\n\r\n`;
  const replies = await exchange(portOf(server.url), head, { isHead: method === 'HEAD' });
  expect(replies.map((reply) => reply.status)).toEqual([status]);
});

it('the local gateway accepts a valid token, and responds with 503 to the same token if the table cannot be read', async () => {
  const headers = { Authorization: `JWT ${token}`, Origin: ORIGIN };
  expect((await ask('/api/blog/posts/', { headers })).status).toBe(200);
  await engine.close();
  const response = await ask('/api/blog/posts/', { headers });
  expect([response.status, response.body]).toEqual([
    503,
    { detail: 'Service temporarily unavailable, try again later.' },
  ]);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(response.headers.get('www-authenticate')).toBeNull();
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
});

it('the local gateway serves the docs page, with its bytes', async () => {
  const redirected = await fetch(`${server.url}/docs?a=1`);
  expect([redirected.status, redirected.url]).toEqual([200, `${server.url}/docs/`]);
  const page = await redirected.text();
  expect(page).toContain('<title>Latchkey API</title>');
  // fetch accepts gzip and decodes it.
  const script = await fetch(`${server.url}/docs/swagger-ui-bundle.js`);
  expect(script.headers.get('content-encoding')).toBe('gzip');
  const { resolve } = createRequire(import.meta.url);
  const file = await readFile(resolve('swagger-ui-dist/swagger-ui-bundle.js'));
  expect(Buffer.from(await script.arrayBuffer()).equals(file)).toBe(true);
});

it.each([
  '/docs/nothing',
  '/docs/a/b',
  '/docs//page.js',
  '/docs/../package.json',
  '/docs/..%2fpackage.json',
  '/docs/%2e%2e/package.json',
  '/docs/..%5cpackage.json',
  '/docs/page.js%00',
  '/docs/%',
])('the local gateway responds with 404 in JSON to %s', async (path) => {
  // fetch would resolve dot segments.
  const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  const replies = await exchange(portOf(server.url), head);
  expect(replies.map(({ status, body }) => [status, body])).toEqual([[404, { detail: 'Not found.' }]]);
});
