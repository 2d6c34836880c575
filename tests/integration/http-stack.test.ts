import type { APIGatewayProxyResult } from 'aws-lambda';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { InternalError, LoginRefusedError, TokenError, UnavailableError } from '../../lib/errors.ts';
import { createAuthorizer } from '../../lib/http/authorizer.ts';
import { readFields, textFields } from '../../lib/http/fields.ts';
import type { HttpRequest } from '../../lib/http/request.ts';
import { type HttpResponse, tokenResponse } from '../../lib/http/responses.ts';
import type { ProtectedRoute, PublicRoute } from '../../lib/http/route.ts';
import { createHttpHandler, createProtectedHandler, type HttpDependencies } from '../../lib/http/stack.ts';
import { createLogger } from '../../lib/logger.ts';
import { type EventOptions, lambdaContext, post, postJson, proxyEvent } from '../../tools/harness/events.ts';

const NOW_MS = 1_700_000_000_000;
const POST_ROUTE = { name: 'obtain', access: 'public', failures: 'token', operations: { POST: {} } } as const;
const GET_ROUTE = {
  name: 'posts',
  access: 'public',
  failures: 'protected',
  operations: { GET: {} },
} as const;
const PROTECTED_ROUTE = { ...GET_ROUTE, access: 'protected' } as const;
const CANARY = 'canary-7f3a9b';

/** Creates a handler on the real stack, and collects the lines that it logs. */
function serve(
  create: (http: HttpDependencies) => ReturnType<typeof createHttpHandler>,
  allowedOrigins: readonly string[] = [],
) {
  const lines: string[] = [];
  let now = NOW_MS;
  const clock = () => {
    now += 12;
    return now;
  };
  const logger = createLogger((line) => lines.push(line));
  const handler = create({ logger, allowedOrigins, clock });
  return {
    lines,
    invoke: (event: unknown): Promise<APIGatewayProxyResult> => handler(event, lambdaContext()),
    log: (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line)),
  };
}

const served = (
  route: PublicRoute,
  handle: (request: HttpRequest) => Promise<HttpResponse>,
  origins?: readonly string[],
) => serve((http) => createHttpHandler(http, route, handle), origins);

const servedProtected = (
  handle: (request: HttpRequest) => Promise<HttpResponse>,
  origins?: readonly string[],
) => serve((http) => createProtectedHandler(http, PROTECTED_ROUTE, handle), origins);

it('accepts a protected route only with createProtectedHandler', () => {
  expectTypeOf<ProtectedRoute>().not.toExtend<Parameters<typeof createHttpHandler>[1]>();
  expectTypeOf<PublicRoute>().not.toExtend<Parameters<typeof createProtectedHandler>[1]>();
});

const login = async (request: HttpRequest): Promise<HttpResponse> => {
  const { username } = readFields(request.body, textFields({ username: 'trimmed', password: 'verbatim' }));
  request.record.userId = 7;
  request.record.passwordUpgrade = 'replaced';
  return tokenResponse(`token-of-${username}`);
};
const list = async (request: HttpRequest): Promise<HttpResponse> => {
  const headers = { 'Content-Type': 'text/json-comment-filtered', ETag: '"1"' };
  return request.header('If-None-Match') === '"1"'
    ? { status: 304, headers, body: '' }
    : { status: 200, headers, body: JSON.stringify([request.query.limit ?? null]) };
};
const failing = (error: unknown) => async (): Promise<HttpResponse> => {
  throw error;
};

const CREDENTIALS = { username: 'deku', password: CANARY };
const authorizer = {
  user_id: 7,
  username: 'deku',
  sid: 'a-session',
  legacy: false,
  login_at: 0,
  exp: NOW_MS / 1000 + 60,
};
const get = (options: EventOptions = {}) =>
  proxyEvent('GET', { path: '/api/blog/posts/', authorizer, ...options });

describe('response', () => {
  it('has the headers of the original and those recommended by OWASP', async () => {
    expect(await served(POST_ROUTE, login).invoke(postJson(CREDENTIALS))).toEqual({
      statusCode: 200,
      headers: {
        Allow: 'POST, OPTIONS',
        'Cache-Control': 'no-store',
        'Content-Type': 'application/json',
        'Referrer-Policy': 'same-origin',
        'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
        Vary: 'Accept',
        'X-Content-Type-Options': 'nosniff',
        'X-Frame-Options': 'DENY',
      },
      body: '{"token":"token-of-deku"}',
    });
  });

  it('has the same headers for a rejection or a failed handler', async () => {
    const { headers } = await served(POST_ROUTE, login).invoke(postJson(CREDENTIALS));
    for (const event of [postJson([]), post('text/plain', 'x'), proxyEvent('PUT')]) {
      expect((await served(POST_ROUTE, login).invoke(event)).headers).toEqual(headers);
    }
    expect((await served(POST_ROUTE, failing(new TypeError())).invoke(postJson({}))).headers).toEqual(
      headers,
    );
  });

  it('keeps the headers of the handler', async () => {
    const { headers } = await servedProtected(list).invoke(get());
    expect(headers).toMatchObject({ ETag: '"1"', Allow: 'GET, HEAD, OPTIONS' });
    expect(headers?.['Content-Type']).toBe('text/json-comment-filtered');
  });

  it('has the headers of GET and no body for HEAD', async () => {
    const { invoke } = servedProtected(list);
    const whole = await invoke(get());
    expect(whole.body).toBe('[null]');
    expect(await invoke({ ...get(), httpMethod: 'HEAD' })).toEqual({ ...whole, body: '' });
  });

  it('depends on query parameters and on headers in any letter case, but not on the body of a GET', async () => {
    const { invoke } = servedProtected(list);
    expect((await invoke(get({ query: { limit: '5' } }))).body).toBe('["5"]');
    expect((await invoke(get({ headers: { 'IF-none-MATCH': '"1"' } }))).statusCode).toBe(304);
    expect((await invoke(get({ body: '{', headers: { 'Content-Type': 'text/plain' } }))).statusCode).toBe(
      200,
    );
  });
});

describe('method', () => {
  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'post', ''])(
    'is rejected before the body is parsed if the route does not support it: %j',
    async (method) => {
      const event = { ...post('text/plain', 'x'), httpMethod: method };
      const { statusCode, headers, body } = await served(POST_ROUTE, login).invoke(event);
      expect([statusCode, headers?.Allow]).toEqual([405, 'POST, OPTIONS']);
      expect(body).toBe(
        method === 'HEAD' ? '' : JSON.stringify({ detail: `Method "${method}" not allowed.` }),
      );
    },
  );

  it('may be OPTIONS, to which the stack responds with Allow and without a body', async () => {
    const { invoke } = served(GET_ROUTE, failing(new Error()));
    const { statusCode, headers, body } = await invoke(proxyEvent('OPTIONS'));
    expect([statusCode, headers?.Allow, body]).toEqual([204, 'GET, HEAD, OPTIONS', '']);
    expect(headers).not.toHaveProperty('Content-Type');
    expect(headers).not.toHaveProperty('Access-Control-Allow-Methods');
  });
});

describe('browser app on another origin', () => {
  const APP = 'https://app.example';
  const headers = { origin: APP };
  const headersOf = async (allowed: string[], event: unknown) =>
    (await served(POST_ROUTE, login, allowed).invoke(event)).headers ?? {};

  it('can read responses and rejections if its origin is allowed', async () => {
    for (const event of [
      postJson(CREDENTIALS, { headers }),
      postJson({}, { headers }),
      proxyEvent('PUT', { headers }),
    ]) {
      expect(await headersOf(['https://other.example', APP], event)).toMatchObject({
        'Access-Control-Allow-Origin': APP,
        'Access-Control-Expose-Headers': 'Link, ETag, Retry-After, WWW-Authenticate, Date, x-amzn-RequestId',
        Vary: 'Accept, Origin',
      });
    }
  });

  it('cannot read responses if its origin is not allowed, and Vary contains Origin', async () => {
    for (const origin of ['https://app.example.evil.test', 'http://app.example', 'null', `${APP}:8443`]) {
      const received = await headersOf([APP], postJson(CREDENTIALS, { headers: { Origin: origin } }));
      expect(Object.keys(received).filter((name) => name.startsWith('Access-Control'))).toEqual([]);
      expect(received.Vary).toBe('Accept, Origin');
    }
  });

  it('can read responses if all origins are allowed, but never with credentials', async () => {
    const received = await headersOf(['*'], postJson(CREDENTIALS, { headers }));
    expect(received).toMatchObject({ 'Access-Control-Allow-Origin': '*', Vary: 'Accept' });
    expect(received).not.toHaveProperty('Access-Control-Allow-Credentials');
  });

  it('receives the allowed methods and headers in the response to a preflight', async () => {
    const preflight = proxyEvent('OPTIONS', {
      headers: { ...headers, 'Access-Control-Request-Method': 'POST' },
    });
    expect(await headersOf([APP], preflight)).toMatchObject({
      'Access-Control-Allow-Origin': APP,
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Max-Age': '7200',
    });
    const { 'Access-Control-Allow-Headers': sendable } = await headersOf([APP], preflight);
    // The defaults of django-cors-headers, those of tracing, and those of this service.
    expect(String(sendable).split(', ')).toEqual(
      expect.arrayContaining([
        ...['accept', 'accept-encoding', 'authorization', 'content-type', 'dnt', 'origin', 'user-agent'],
        ...['x-csrftoken', 'x-requested-with', 'cache-control'],
        ...['traceparent', 'tracestate', 'baggage', 'sentry-trace'],
        ...['accept-language', 'idempotency-key', 'latchkey-device', 'if-none-match'],
      ]),
    );
    expect(await headersOf([], preflight)).not.toHaveProperty('Access-Control-Allow-Methods');
  });
});

it('a preflight allows the headers of the setting, too', async () => {
  const logger = createLogger(() => {});
  const cors = { allowedOrigins: ['null'], allowedHeaders: ['x-app-version'] };
  const handler = createHttpHandler({ logger, ...cors }, POST_ROUTE, login);
  const event = proxyEvent('OPTIONS', {
    headers: { Origin: 'null', 'Access-Control-Request-Method': 'POST' },
  });
  const { headers } = await handler(event, lambdaContext());
  expect(headers).toMatchObject({
    'Access-Control-Allow-Origin': 'null',
    'Access-Control-Allow-Headers': expect.stringMatching(/^accept, .*, x-app-version$/),
  });
});

describe('protected handler', () => {
  it('responds with 500, logs it, and does not call the function without an authorizer context', async () => {
    let isCalled = false;
    const { invoke, log } = servedProtected((request) => {
      isCalled = true;
      return list(request);
    });
    const { statusCode, body } = await invoke(proxyEvent('GET'));
    expect(isCalled).toBe(false);
    expect(statusCode).toBe(500);
    expect(JSON.parse(body)).toEqual({
      detail: 'A server error occurred.',
      request_id: proxyEvent('GET').requestContext.requestId,
    });
    expect(log()).toMatchObject([
      { level: 'ERROR', outcome: 'internal', status: 500, error_name: 'InternalError' },
    ]);
  });

  it('checks exp itself, because the response of the authorizer may be cached', async () => {
    const event = get({ authorizer: { ...authorizer, exp: NOW_MS / 1000 - 1 } });
    const { statusCode, headers, body } = await servedProtected(list).invoke(event);
    expect([statusCode, body]).toEqual([401, '{"detail":"Signature has expired."}']);
    expect(headers?.['WWW-Authenticate']).toBe('JWT realm="api"');
  });
});

describe('invocation log', () => {
  it('has one line of named fields for each invocation', async () => {
    const { invoke, lines, log } = served(POST_ROUTE, login);
    await invoke(postJson(CREDENTIALS));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(log()).toEqual([
      {
        level: 'INFO',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        request_id: postJson({}).requestContext.requestId,
        route: 'obtain',
        method: 'POST',
        status: 200,
        duration_ms: 12,
        outcome: 'ok',
        user_id: 7,
        password_upgrade: 'replaced',
      },
    ]);
  });

  it('has one line also for a request that is rejected before the handler', async () => {
    const { invoke, log } = served(POST_ROUTE, login);
    for (const event of [proxyEvent('PUT'), post('text/plain', 'x'), postJson([]), proxyEvent('OPTIONS')]) {
      await invoke(event);
    }
    expect(log().map(({ level, status, outcome }) => [level, status, outcome])).toEqual([
      ['INFO', 405, 'method_not_allowed'],
      ['INFO', 415, 'media_type_unsupported'],
      ['INFO', 400, 'input_invalid'],
      ['INFO', 204, 'ok'],
    ]);
  });

  it('contains the reason of a refused login and the user id', async () => {
    const { invoke, log } = served(POST_ROUTE, failing(new LoginRefusedError('wrong_password', 9)));
    await invoke(postJson(CREDENTIALS));
    expect(log()).toMatchObject([
      { outcome: 'login_refused', login_refusal: 'wrong_password', user_id: 9, status: 400 },
    ]);
  });

  it('contains the stack of a fault, but no messages of errors from outside the service', async () => {
    const cause = new RangeError(`cause ${CANARY}`);
    const errors = [
      new TypeError(`bad\n    at ${CANARY} (file.ts:1:1)\n${CANARY}`, { cause }),
      new UnavailableError({ cause }),
      new InternalError('the stored item does not parse', { cause }),
      Object.assign(new Error('changed later'), {
        stack: `Error: as it was at first\n    at ${CANARY} (file.ts:1:1)\n    at f (g.ts:1:1)`,
      }),
      CANARY,
    ];
    const lines = await Promise.all(
      errors.map(async (error) => {
        const { invoke, lines } = served(POST_ROUTE, failing(error));
        await invoke(postJson(CREDENTIALS));
        return lines.join('');
      }),
    );
    expect(lines.join('')).not.toContain(CANARY);
    const [unknown, unavailable, internal, , thrownText] = lines.map((line) => JSON.parse(line));
    expect(unknown).toMatchObject({ level: 'ERROR', error_name: 'TypeError', error_causes: ['RangeError'] });
    expect(unknown.error_stack[0]).toMatch(/^at .*http-stack\.test\.ts:\d+:\d+\)?$/);
    expect(unknown).not.toHaveProperty('error_message');
    expect(unavailable).toMatchObject({ status: 503, outcome: 'unavailable', error_causes: ['RangeError'] });
    expect(internal).toMatchObject({ status: 500, error_message: 'the stored item does not parse' });
    expect(thrownText).toMatchObject({ status: 500, error_name: 'string' });
  });

  it('never contains data from the client', async () => {
    const secret = encodeURIComponent(CANARY);
    for (const handle of [
      login,
      failing(new TokenError('token_malformed')),
      failing(new SyntaxError(CANARY)),
    ]) {
      const { invoke, lines } = served(POST_ROUTE, handle);
      const headers = { Authorization: `JWT ${CANARY}`, 'X-Request-Id': CANARY, Cookie: CANARY };
      await invoke(postJson(CREDENTIALS, { headers, query: { password: CANARY } }));
      await invoke(post('application/json', `{"password":"${CANARY}`, { headers }));
      await invoke(post('application/x-www-form-urlencoded', `password=${secret}`, { headers }));
      await invoke(post(`text/${CANARY}`, CANARY, { headers }));
      await invoke(post(`multipart/form-data; boundary="${CANARY} "`, CANARY, { headers }));
      expect(lines).toHaveLength(5);
      expect(lines.join('')).not.toContain(CANARY);
    }
  });
});

it('responds with 503 before the invocation times out', async () => {
  const { log, ...stack } = served(POST_ROUTE, () => new Promise<HttpResponse>(() => {}));
  const logger = createLogger((line) => stack.lines.push(line));
  const handler = createHttpHandler({ logger, allowedOrigins: [] }, POST_ROUTE, () => new Promise(() => {}));
  const { statusCode, headers } = await handler(postJson({}), lambdaContext(120));
  expect([statusCode, headers?.['Retry-After']]).toEqual([503, '1']);
  expect(log()).toMatchObject([{ outcome: 'unavailable', status: 503 }]);
});

it.each([
  { source: 'serverless-plugin-warmup' },
  { version: '2.0', rawPath: '/api/token/' },
  { Records: [] },
  {},
  null,
  'ping',
])('logs an event that is not a REST API proxy request, and calls no handler: %j', async (event) => {
  const { invoke, log } = served(POST_ROUTE, failing(new TypeError()));
  expect(await invoke(event)).toEqual({ statusCode: 400, headers: {}, body: '' });
  const requestId = lambdaContext().awsRequestId;
  expect(log()).toMatchObject([
    { level: 'INFO', route: 'obtain', outcome: 'not_a_request', request_id: requestId },
  ]);
});

it.each([{ source: 'serverless-plugin-warmup' }, { type: 'REQUEST' }, {}, null, 'ping'])(
  'denies everything to an event that is not a TOKEN authorizer request, and authenticates nothing: %j',
  async (event) => {
    const lines: string[] = [];
    const logger = createLogger((line) => lines.push(line));
    const authorize = createAuthorizer({ logger }, () => Promise.reject(new TypeError()));
    expect((await authorize(event, lambdaContext())).policyDocument.Statement).toEqual([
      { Action: 'execute-api:Invoke', Effect: 'Deny', Resource: '*' },
    ]);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'INFO', route: 'authorizer', outcome: 'not_a_request' },
    ]);
  },
);

it.each([
  ['JÃ¼rgens Telefon', 'Jürgens Telefon'],
  ['Jürgens Telefon', 'Jürgens Telefon'],
  ['J\xfcrgen \xff', 'J\xfcrgen \xff'],
  ['ì\x95\x88ë\x82\x98', '안나'],
  ['안나', '안나'],
  ['phone', 'phone'],
])('reads the device label %j as %j', async (sent, label) => {
  const { invoke } = served(POST_ROUTE, async ({ client }) => ({
    status: 200,
    body: JSON.stringify(client.label),
  }));
  const { body } = await invoke(postJson({}, { headers: { 'Latchkey-Device': sent } }));
  expect(JSON.parse(body)).toBe(label);
});
