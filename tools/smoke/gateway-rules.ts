import * as v from 'valibot';
import { holds, SENTENCES, same } from '../kit/check.ts';
import { type ApiResponse, PATHS } from '../kit/client.ts';
import type { Check } from './check.ts';

const GUIDE = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';
const RESPONSES = `${GUIDE}/supported-gateway-response-types.html`;
const AUTHORIZERS = `${GUIDE}/apigateway-use-lambda-authorizer.html`;

const detailSchema = v.strictObject({ detail: v.string() });

function assertError({ status, headers, body }: ApiResponse, expected: number, detail?: string): string {
  same(status, expected, 'status');
  same(headers.get('content-type')?.split(';')[0], 'application/json', 'content type');
  holds(v.is(detailSchema, body), 'the body is not {"detail": …}');
  if (detail !== undefined) same(body.detail, detail, 'detail');
  return body.detail;
}

function assertChallenge({ headers }: ApiResponse): void {
  holds(
    headers.get('www-authenticate')?.endsWith(' realm="api"') ?? false,
    'the WWW-Authenticate header is missing',
  );
  same(headers.get('access-control-allow-origin'), '*', 'Access-Control-Allow-Origin');
}

/** Rules of API Gateway by the page that documents them. Only a deployed stage can confirm them. */
const RULES: Readonly<Record<string, Readonly<Record<string, Check['run']>>>> = {
  [RESPONSES]: {
    'a request without a token receives 401 with the sentence of Django, a challenge and CORS': async ({
      client,
    }) => {
      for (const path of [PATHS.posts, '/api/blog/posts', PATHS.account, '/api/sessions']) {
        const response = await client.call(path);
        assertError(response, 401, SENTENCES.missing);
        assertChallenge(response);
      }
    },
    'an unknown path receives 404 in JSON, also with a token': async ({ client }) => {
      for (const path of ['/api/nothing/', '/nothing', '/api/token/nothing/']) {
        for (const call of [{}, { token: 'a.b.c' }, { json: {} }]) {
          assertError(await client.call(path, call), 404, 'Not found.');
        }
      }
    },
  },
  [`${GUIDE}/api-gateway-mapping-template-reference.html`]: {
    'a malformed token receives 401 with the sentence of the authorizer': async ({ client }) => {
      const response = await client.call(PATHS.posts, { token: 'a.b.c' });
      assertError(response, 401, SENTENCES.malformed);
      assertChallenge(response);
      const spaces = await client.call(PATHS.posts, { headers: { Authorization: 'JWT one two' } });
      assertError(spaces, 401);
    },
  },
  [`${GUIDE}/api-gateway-method-settings-method-request.html`]: {
    'a path reaches its function with and without the trailing slash': async ({ client }) => {
      const paths = [PATHS.obtain, PATHS.verify, PATHS.refresh, PATHS.revoke];
      for (const path of paths.flatMap((one) => [one, one.slice(0, -1)])) {
        const { status, body } = await client.call(path, { json: {} });
        same(status, 400, `status of ${path}`);
        holds(typeof body === 'object' && body !== null, 'the body is not a JSON object');
      }
    },
    'HEAD receives a response without a body': async ({ client }) => {
      const { status, body } = await client.call(PATHS.posts, { method: 'HEAD' });
      same([status, body], [401, undefined], 'status and body');
    },
  },
  [`${GUIDE}/api-gateway-known-issues.html`]: {
    'another method receives 405 with Allow, but 401 first on protected paths': async ({ client }) => {
      const response = await client.call(PATHS.obtain, { method: 'PUT', json: {} });
      assertError(response, 405, 'Method "PUT" not allowed.');
      holds(response.headers.get('allow')?.includes('POST') ?? false, 'the Allow header is missing');
      assertError(await client.call(PATHS.posts, { method: 'PUT', json: {} }), 401);
    },
    'headers of a function keep their names': async ({ client }) => {
      for (const call of [{ json: {} }, {}]) {
        const { headers } = await client.call(PATHS.obtain, call);
        // API Gateway sets the length and the date itself.
        const renamed = /^x-amzn-remapped-(?!(?:.*-)?(?:content-length|date|connection)$)/;
        holds(![...headers.keys()].some((name) => renamed.test(name)), 'a header was renamed');
        same(headers.get('cache-control'), 'no-store', 'Cache-Control');
        holds(headers.get('vary')?.includes('Accept') ?? false, 'the Vary header is missing');
      }
    },
  },
  [`${GUIDE}/how-to-cors.html`]: {
    'a preflight needs no token': async ({ client }) => {
      const headers = {
        Origin: 'https://app.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'authorization',
      };
      for (const path of [PATHS.posts, PATHS.account, '/api/sessions/any/']) {
        same((await client.call(path, { method: 'OPTIONS', headers })).status, 204, `status of ${path}`);
      }
    },
  },
  [`${GUIDE}/api-gateway-payload-encodings.html`]: {
    'a body that is not UTF-8 reaches the function unchanged': async ({ client }) => {
      const body = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]);
      const headers = { 'Content-Type': 'application/json' };
      const detail = assertError(await client.call(PATHS.obtain, { body, headers }), 400);
      holds(detail.startsWith('JSON parse error'), 'detail does not start with "JSON parse error"');
    },
  },
  [`${GUIDE}/limits.html`]: {
    'a body over 64 KiB receives 413 from the function, over 10 MB from API Gateway': async ({ client }) => {
      for (const bytes of [70_000, 10_500_000]) {
        const json = { username: 'x'.repeat(bytes), password: 'x' };
        assertError(await client.call(PATHS.obtain, { json }), 413);
      }
    },
    'a header over 10,240 bytes receives a 4xx': async ({ client }) => {
      const { status } = await client.call(PATHS.posts, { headers: { 'X-Long': 'x'.repeat(11_000) } });
      holds(status >= 400 && status < 500, `status ${status}`);
    },
  },
  [AUTHORIZERS]: {
    'a header cannot override the authorizer': async ({ client }) => {
      const context = JSON.stringify({ user_id: 1, username: 'admin' });
      const headers = { 'sls-offline-authorizer-override': context, 'X-Amzn-Authorizer': context };
      assertError(await client.call(PATHS.account, { headers }), 401);
    },
  },
};

export const GATEWAY_RULES: readonly Check[] = Object.entries(RULES).flatMap(([page, rules]) =>
  Object.entries(rules).map(([name, run]) => ({ name, page, run })),
);
