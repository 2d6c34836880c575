import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawRequest, send, sendBytes } from './fixtures/gateway/client.ts';
import { type FixtureServer, startFixtureServer } from './fixtures/gateway/server.ts';

const eventSchema = v.looseObject({
  httpMethod: v.string(),
  path: v.string(),
  resource: v.string(),
  body: v.nullable(v.string()),
  isBase64Encoded: v.boolean(),
  headers: v.record(v.string(), v.string()),
  multiValueHeaders: v.record(v.string(), v.array(v.string())),
  queryStringParameters: v.nullable(v.custom<object>((value) => typeof value === 'object')),
  multiValueQueryStringParameters: v.nullable(v.custom<object>((value) => typeof value === 'object')),
  requestContext: v.looseObject({
    requestId: v.string(),
    authorizer: v.optional(v.record(v.string(), v.unknown())),
  }),
});

let server: FixtureServer;
beforeAll(async () => {
  server = await startFixtureServer();
});
afterAll(() => server?.stop());

const get = (path: string, headers: Record<string, string> = {}) => send(server.port, path, { headers });
const closed = (token: string, path = '/closed/echo', headers: Record<string, string> = {}) =>
  get(path, { Authorization: token, ...headers });

/** Returns the event that the handler received. */
async function eventOf(path: string, options: RawRequest = {}) {
  const { status, body } = await send(server.port, path, options);
  expect(status, body).toBe(200);
  return v.parse(eventSchema, JSON.parse(body));
}

/** Returns the response to a result of a handler. */
const respondWith = (result: unknown) =>
  send(server.port, '/open/respond', { method: 'POST', body: JSON.stringify(result) });

describe('the authorizer of a route', () => {
  it.each([
    ['is missing', {}],
    ['is empty', { Authorization: '' }],
    ['is blank', { Authorization: '   ' }],
  ])(
    'is not invoked, and the response is UNAUTHORIZED, if the token %s',
    async (_, headers: Record<string, string>) => {
      const { status, headers: given, body } = await get('/closed/echo', headers);
      expect([status, body]).toEqual([401, '{"detail":"no credentials"}']);
      expect(given['www-authenticate']).toBe('JWT realm="api"');
      expect(given['access-control-allow-origin']).toBe('*');
      expect(given['content-type']).toBe('application/json');
    },
  );

  it('is not invoked, and the response is UNAUTHORIZED, if the token does not match the expression', async () => {
    expect((await get('/closed/kept', { 'X-Token': 'not ok!' })).status).toBe(401);
  });

  it('causes UNAUTHORIZED if it throws exactly that message', async () => {
    expect((await closed('unauthorized')).body).toBe('{"detail":"no credentials"}');
  });

  it('causes AUTHORIZER_FAILURE if it throws another error', async () => {
    const { status, headers, body } = await closed('broken');
    expect([status, headers['x-amzn-errortype']]).toEqual([500, 'AuthorizerFailureException']);
    expect(body).toBe('{"message":"Internal server error"}');
  });

  it.each(['no-principal', 'no-policy', 'nested-context', 'text'])(
    'causes AUTHORIZER_CONFIGURATION_ERROR with malformed output: %s',
    async (token) => {
      const { status, headers } = await closed(token);
      expect([status, headers['x-amzn-errortype']]).toEqual([500, 'AuthorizerConfigurationException']);
    },
  );

  it.each(['deny', 'nothing-said', 'elsewhere', 'both'])(
    'causes ACCESS_DENIED if the policy does not allow the method: %s',
    async (token) => {
      const { status, body } = await closed(token);
      expect(status).toBe(401);
      expect(JSON.parse(body)).toMatchObject({ detail: `detail of ${token}` });
    },
  );

  it('allows a request with a policy for its method', async () => {
    expect((await closed('this-only')).status).toBe(200);
  });

  it('receives only the token and the method ARN', async () => {
    const { requestContext } = await eventOf('/closed/echo', { headers: { authorization: 'ok' } });
    expect(requestContext.authorizer?.keys).toBe('authorizationToken methodArn type');
  });

  it('passes its context as text, with the principal', async () => {
    const token = 'x.eyJhIjoxfQ.x';
    const { requestContext } = await eventOf('/closed/echo', { headers: { Authorization: token } });
    expect(requestContext.authorizer).toEqual({
      principalId: `principal of ${token}`,
      detail: `detail of ${token}`,
      reason: 'a reason',
      number: '7',
      flag: 'true',
      asked: expect.any(String),
      keys: expect.any(String),
    });
  });

  it('has no context on a route without an authorizer', async () => {
    const { requestContext } = await eventOf('/open/echo', { headers: { Authorization: 'Bearer a.b.c' } });
    expect(requestContext.authorizer).toBeUndefined();
  });

  it('cannot be overridden by a header', async () => {
    const forged = { 'sls-offline-authorizer-override': '{"principalId":"forged"}' };
    expect((await get('/closed/echo', forged)).status).toBe(401);
    const open = await eventOf('/open/echo', { headers: forged });
    expect(open.requestContext.authorizer).toBeUndefined();
    const { requestContext } = await eventOf('/closed/echo', { headers: { ...forged, Authorization: 'ok' } });
    expect(requestContext.authorizer?.principalId).toBe('principal of ok');
  });

  it('is invoked for each request if its results are not cached', async () => {
    const asked = async () => {
      const { requestContext } = await eventOf('/closed/echo', { headers: { Authorization: 'again' } });
      return Number(requestContext.authorizer?.asked);
    };
    expect(await asked()).toBeLessThan(await asked());
  });

  it('is not invoked again for a token while its result is cached, on any route', async () => {
    const asked = async (path: string, token: string) => {
      const { requestContext } = await eventOf(path, { headers: { 'X-Token': token } });
      return requestContext.authorizer?.asked;
    };
    const first = await asked('/closed/kept', 'kept');
    expect(await asked('/closed/kept', 'kept')).toBe(first);
    expect(await asked('/closed/kept/other', 'kept')).toBe(first);
    expect(await asked('/closed/kept', 'another')).not.toBe(first);
  });

  it('does not apply to an OPTIONS event next to ANY with the authorizer', async () => {
    const event = await eventOf('/closed/echo', {
      method: 'OPTIONS',
      headers: { Origin: 'http://app.example' },
    });
    expect(event).toMatchObject({ httpMethod: 'OPTIONS' });
    expect(event.requestContext.authorizer).toBeUndefined();
  });

  it('does not mix up sixty concurrent requests', async () => {
    const tokens = Array.from(
      { length: 60 },
      (_, index) => `slow-${index % 3 === 0 ? 'deny' : 'ok'}-${index}`,
    );
    const responses = await Promise.all(
      tokens.map((token) => closed(token, '/closed/echo', { 'X-Wait': '1' })),
    );
    for (const [index, { status, body }] of responses.entries()) {
      const token = tokens[index];
      if (index % 3 === 0) {
        expect([status, JSON.parse(body)]).toMatchObject([401, { detail: `detail of ${token}` }]);
      } else {
        expect(status).toBe(200);
        expect(JSON.parse(body)).toMatchObject({
          headers: { Authorization: token },
          requestContext: { authorizer: { principalId: `principal of ${token}` } },
        });
      }
    }
  });
});

describe('gateway responses', () => {
  it('contain values of the context unchanged, and an empty text for missing ones', async () => {
    const { body, headers } = await closed('deny', '/closed/echo?q=asked', { Origin: 'http://app.example' });
    expect(JSON.parse(body)).toEqual({
      detail: 'detail of deny',
      nothing: '',
      principal: 'principal of deny',
      path: '/local/closed/echo',
    });
    expect(headers).toMatchObject({
      'x-reason': 'a reason',
      'x-origin': 'http://app.example',
      'x-query': 'asked',
    });
    expect(headers).not.toHaveProperty('x-absent');
  });

  it('use the default of their class, and keep their status', async () => {
    const { status, headers, body } = await get('/nowhere');
    expect(status).toBe(403);
    expect(JSON.parse(body)).toEqual({
      message: 'Missing Authentication Token',
      plain: 'Missing Authentication Token',
      type: 'MISSING_AUTHENTICATION_TOKEN',
      id: headers['x-amzn-requestid'],
    });
  });

  it('have no headers of serverless-offline', async () => {
    const { headers } = await get('/closed/echo', { Origin: 'http://app.example' });
    expect(Object.keys(headers).sort()).toEqual([
      'access-control-allow-origin',
      'connection',
      'content-length',
      'content-type',
      'date',
      'www-authenticate',
      'x-amzn-errortype',
      'x-amzn-requestid',
    ]);
  });
});

describe('routes', () => {
  it.each([
    '/nowhere',
    '/',
    '/open',
    '/open/echo/more',
    '/open//echo',
    '//open/echo',
    '/open/../open/echo',
    '/open/./echo',
    '/open/%2e%2e/open/echo',
    '/open%2Fecho',
    '/open/echo%2F',
    '/open%5Cecho',
    '/open/echo%',
    '/open/echo%zz',
    '/open/%ff',
    '/open/echo%00',
    '/OPEN/ECHO',
    '/2015-03-31/functions/echo/invocations',
  ])('respond with MISSING_AUTHENTICATION_TOKEN to %s', async (path) => {
    const { status, body } = await get(path);
    expect(status, body).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ type: 'MISSING_AUTHENTICATION_TOKEN' });
  });

  it('respond the same to a preflight of an unknown path', async () => {
    for (const headers of [{ Origin: 'http://app.example' }, { Origin: 'null' }]) {
      const options = { method: 'OPTIONS', headers: { ...headers, 'Access-Control-Request-Method': 'GET' } };
      expect((await send(server.port, '/nowhere', options)).status).toBe(403);
    }
  });

  it.each(['POST', 'HEAD', 'OPTIONS'])('respond the same to %s if the path only has GET', async (method) => {
    const { status, headers } = await send(server.port, '/open/only-get', { method });
    expect([status, headers['x-amzn-errortype']]).toEqual([403, 'MissingAuthenticationTokenException']);
  });

  it('respond the same to a method that REST APIs do not support', async () => {
    expect((await send(server.port, '/open/echo', { method: 'PROPFIND' })).status).toBe(403);
  });

  it.each(['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT'])(
    'pass %s to a handler for all methods',
    async (method) => {
      expect((await eventOf('/open/echo', { method })).httpMethod).toBe(method);
    },
  );

  it('pass HEAD to a handler for all methods, and send the response without the body', async () => {
    const { status, headers, body } = await send(server.port, '/open/echo', { method: 'HEAD' });
    expect([status, body]).toEqual([200, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(500);
  });

  it.each(['/open/echo', '/open/echo/', '/open/echo?a=1', '/open/echo/?a=1'])(
    'match %s, and keep the slash in the path of the event',
    async (path) => {
      const event = await eventOf(path);
      expect([event.resource, event.path]).toEqual(['/open/echo', path.replace('?a=1', '')]);
    },
  );

  it('accept a request target in absolute form', async () => {
    expect((await eventOf('http://api.example/open/echo/')).path).toBe('/open/echo/');
  });
});

describe('events', () => {
  it('contain the bytes of a body in base64', async () => {
    const bytes = randomBytes(70_000);
    for (const type of [
      'application/json',
      'text/plain; charset=latin1',
      'multipart/form-data; boundary=x',
      '',
      ';;garbage',
    ]) {
      const headers: Record<string, string> = type === '' ? {} : { 'Content-Type': type };
      const { body, isBase64Encoded } = await eventOf('/open/echo', { method: 'POST', headers, body: bytes });
      expect(isBase64Encoded).toBe(true);
      expect(Buffer.from(body ?? '', 'base64').equals(bytes), type).toBe(true);
    }
  });

  it('contain null for an empty body', async () => {
    const { body, isBase64Encoded } = await eventOf('/open/echo', { method: 'POST', body: '' });
    expect([body, isBase64Encoded]).toEqual([null, false]);
  });

  it('contain the headers exactly as the client sent them, and no others', async () => {
    const { headers, multiValueHeaders } = await eventOf('/open/echo', {
      method: 'POST',
      headers: {
        'x-MiXed': 'Value',
        'Content-Length': '2',
        TE: 'trailers',
        'Max-Forwards': '3',
        Expect: 'more',
      },
      body: '{}',
    });
    expect(headers).toEqual({ Host: `127.0.0.1:${server.port}`, 'x-MiXed': 'Value', 'Content-Length': '2' });
    expect(Object.keys(multiValueHeaders).sort()).toEqual(Object.keys(headers).sort());
  });

  it('contain the last value and all values of a repeated query parameter', async () => {
    const event = await eventOf('/open/echo?a=1&b=2&a=3&__proto__=4');
    expect(Object.entries(event.queryStringParameters ?? {})).toEqual([
      ['a', '3'],
      ['b', '2'],
      ['__proto__', '4'],
    ]);
    expect(Object.entries(event.multiValueQueryStringParameters ?? {})).toEqual([
      ['a', ['1', '3']],
      ['b', ['2']],
      ['__proto__', ['4']],
    ]);
  });

  it('contain all values of a repeated header', async () => {
    const lines = ['GET /open/echo HTTP/1.1', 'Host: h', 'X-A: 1', 'X-A: 2', 'Connection: close', '', ''];
    const event = v.parse(
      eventSchema,
      JSON.parse((await sendBytes(server.port, lines.join('\r\n'))).split('\r\n\r\n')[1] ?? ''),
    );
    expect([event.headers['X-A'], event.multiValueHeaders['X-A']]).toEqual(['2', ['1', '2']]);
  });

  it('have the request id of the response', async () => {
    const { headers, body } = await get('/open/echo');
    expect(v.parse(eventSchema, JSON.parse(body)).requestContext.requestId).toBe(headers['x-amzn-requestid']);
  });
});

describe('responses of handlers', () => {
  it('have the headers of the handler', async () => {
    const { status, headers, body } = await respondWith({
      statusCode: 201,
      headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-One': 1, ETag: '"a"' },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: 'ü',
    });
    expect([status, body]).toEqual([201, 'ü']);
    expect(headers).toEqual({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '2',
      'x-one': '1',
      etag: '"a"',
      'set-cookie': ['a=1', 'b=2'],
      'x-amzn-requestid': expect.any(String),
      date: expect.any(String),
      connection: expect.any(String),
    });
  });

  it('have renamed headers if a function cannot set them', async () => {
    const renamed = [
      'WWW-Authenticate',
      'Authorization',
      'Connection',
      'Content-MD5',
      'Date',
      'Max-Forwards',
      'Server',
      'User-Agent',
    ];
    const headers = Object.fromEntries(renamed.map((name) => [name, `own ${name}`]));
    const { rawHeaders, headers: given } = await respondWith({ statusCode: 200, headers });
    for (const name of renamed) {
      expect(rawHeaders).toContain(`x-amzn-Remapped-${name}`);
      expect(given[name.toLowerCase()]).not.toBe(`own ${name}`);
    }
  });

  it.each(['Expect', 'Host', 'Proxy-Authenticate', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade', 'Via'])(
    'do not have the header %s',
    async (name) => {
      const { status, headers } = await respondWith({ statusCode: 200, headers: { [name]: 'x' }, body: 'b' });
      expect(status).toBe(200);
      expect(headers).not.toHaveProperty(name.toLowerCase());
    },
  );

  it('have the length of the body, not that of the handler', async () => {
    const { headers, body } = await respondWith({
      statusCode: 200,
      headers: { 'content-length': '9' },
      body: 'four',
    });
    expect([headers['content-length'], body]).toEqual(['4', 'four']);
  });

  it('are JSON if the handler sets no content type', async () => {
    expect((await respondWith({ statusCode: 200, body: '{}' })).headers['content-type']).toBe(
      'application/json',
    );
  });

  it('are decoded from base64', async () => {
    const body = Buffer.from('bytes').toString('base64');
    expect((await respondWith({ statusCode: 200, body, isBase64Encoded: true })).body).toBe('bytes');
  });

  it('are neither compressed nor cut into a range nor replaced by 304', async () => {
    const body = 'long '.repeat(1000);
    const result = JSON.stringify({
      statusCode: 200,
      headers: { ETag: '"a"', 'Content-Type': 'text/plain' },
      body,
    });
    const response = await send(server.port, '/open/respond', {
      headers: { 'Accept-Encoding': 'gzip', Range: 'bytes=0-4', 'If-None-Match': '"a"' },
      method: 'PUT',
      body: result,
    });
    expect([response.status, response.body]).toEqual([200, body]);
    expect(response.headers).not.toHaveProperty('content-encoding');
    expect(response.headers).not.toHaveProperty('accept-ranges');
  });

  it('have no body with 304 and 204', async () => {
    for (const statusCode of [204, 304]) {
      const { status, body } = await respondWith({ statusCode, headers: { ETag: '"a"' }, body: '' });
      expect([status, body]).toEqual([statusCode, '']);
    }
  });

  it('have the CORS headers of the handler only', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const { headers } = await send(server.port, '/open/echo', {
        method,
        headers: { Origin: 'http://app.example', 'Access-Control-Request-Method': 'GET' },
      });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it.each([
    ['nothing', null],
    ['a text', 'text'],
    ['no status', { body: '{}' }],
    ['a status below 100', { statusCode: 99 }],
    ['an interim status', { statusCode: 103 }],
    ['a body that is not a string', { statusCode: 200, body: { a: 1 } }],
    ['a member that is unknown', { statusCode: 200, cookies: [] }],
    ['a header that cannot be sent', { statusCode: 200, headers: { 'X-A': 'a\nb' } }],
    ['a header that is a list', { statusCode: 200, headers: { 'X-A': ['a'] } }],
    ['more than 6 MB', { statusCode: 200, body: 'x'.repeat(6 * 1024 * 1024) }],
  ])('become 502 if they are malformed: %s', async (_, result) => {
    const { status, body } = await respondWith(result);
    expect([status, body]).toEqual([502, '{"message":"Internal server error"}']);
  });

  it('become 502 if the handler throws', async () => {
    const { status, body } = await get('/open/respond?throw=1');
    expect([status, body]).toEqual([502, '{"message":"Internal server error"}']);
  });
});

describe('requests that are too large or malformed', () => {
  it('are rejected if the body exceeds 10 MB', async () => {
    const { status, headers } = await send(server.port, '/open/echo', {
      method: 'POST',
      body: Buffer.alloc(10 * 1024 * 1024 + 1),
    });
    expect([status, headers['x-amzn-errortype']]).toEqual([413, 'RequestTooLargeException']);
  });

  it('are rejected if the request line and the headers exceed 10,240 bytes', async () => {
    const { status, body } = await get('/open/echo', { 'X-Large': 'x'.repeat(10_240) });
    expect(status).toBe(431);
    expect(JSON.parse(body)).toMatchObject({ type: 'DEFAULT_4XX' });
    expect((await get('/open/echo', { 'X-Large': 'x'.repeat(9_000) })).status).toBe(200);
  });

  it('are rejected with 400 if they cannot be parsed', async () => {
    const response = await sendBytes(server.port, 'GET /open/echo HTTP/9.9\r\n\r\n');
    expect(response).toMatch(/^HTTP\/1\.1 400 .*"type":"DEFAULT_4XX"/s);
  });

  it('are rejected with 400 if a request of HTTP/1.1 has no Host', async () => {
    for (const path of ['/open/echo', '/nothing', '*']) {
      const response = await sendBytes(server.port, `GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`);
      expect(response).toMatch(/^HTTP\/1\.1 400 .*"type":"DEFAULT_4XX"/s);
    }
    const old = await sendBytes(server.port, 'GET /open/echo HTTP/1.0\r\n\r\n');
    expect(old).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('are rejected with 400 if they have more than one Host', async () => {
    const head = 'GET /open/echo HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n';
    expect(await sendBytes(server.port, head)).toMatch(/^HTTP\/1\.1 400 .*"type":"DEFAULT_4XX"/s);
  });

  it('receive one response if the body is malformed after a response that did not wait for it', async () => {
    const head = 'POST /closed/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';
    const socket = connect({ host: '127.0.0.1', port: server.port });
    socket.write(head);
    const [first] = await once(socket.setEncoding('latin1'), 'data');
    expect(first).toMatch(/^HTTP\/1\.1 401 /);
    socket.write('ZZ\r\n');
    expect(await text(socket)).toBe('');
  });

  it('are rejected with 10 MB of headers, and the server continues', async () => {
    const head = `GET /open/echo HTTP/1.1\r\nHost: h\r\nX-Large: ${'x'.repeat(10 * 1024 * 1024)}\r\n\r\n`;
    const response = await sendBytes(server.port, head);
    expect(response).toMatch(/^HTTP\/1\.1 431 /);
    expect(response).toContain('"type":"DEFAULT_4XX"');
    expect((await get('/open/echo')).status).toBe(200);
  });
});

// The last test of this file, because it stops the server.
describe('a server that is stopped', () => {
  it('responds to a request that has no response yet, and accepts no other', async () => {
    const socket = connect({ host: '127.0.0.1', port: server.port });
    const head = ['POST /open/echo HTTP/1.1', 'Host: h', 'Content-Length: 2', 'Connection: close'];
    socket.write([...head, 'Expect: 100-continue', '', ''].join('\r\n'));
    // The server has received the request, and waits for the body.
    await once(socket, 'data');
    const stopped = server.stop();
    const isListening = () =>
      get('/open/echo').then(
        () => true,
        () => false,
      );
    while (await isListening());
    socket.write('{}');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
    await stopped;
  });
});
