import * as v from 'valibot';
import { holds, same } from '../kit/check.ts';
import type { Answer } from '../kit/client.ts';
import type { Check } from './check.ts';

const GUIDE = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';
const RESPONSES = `${GUIDE}/supported-gateway-response-types.html`;
const AUTHORIZERS = `${GUIDE}/apigateway-use-lambda-authorizer.html`;

const detailSchema = v.strictObject({ detail: v.string() });

function refused({ status, headers, body }: Answer, expected: number, detail?: string): void {
  same(status, expected, 'status');
  same(headers.get('content-type')?.split(';')[0], 'application/json', 'content type');
  holds(v.is(detailSchema, body), 'the body is not {"detail": …}');
  if (detail !== undefined) same(body.detail, detail, 'detail');
}

function challenged({ headers }: Answer): void {
  holds(headers.get('www-authenticate')?.endsWith(' realm="api"') ?? false, 'there is no WWW-Authenticate');
  same(headers.get('access-control-allow-origin'), '*', 'Access-Control-Allow-Origin');
}

/** What is API Gateway's to do: that of a deployed stage is told by its documentation, and confirmed here alone. */
export const GATEWAY_RULES: readonly Check[] = [
  {
    name: 'without a token: 401 with the original’s sentence, a challenge and CORS, on both slashes',
    page: RESPONSES,
    run: async ({ client }) => {
      for (const path of ['/api/blog/posts/', '/api/blog/posts', '/api/account/', '/api/sessions']) {
        const answer = await client.call(path);
        refused(answer, 401, 'Authentication credentials were not provided.');
        challenged(answer);
      }
    },
  },
  {
    name: 'with a token that is none: 401 with the sentence that the authorizer chose',
    page: `${GUIDE}/api-gateway-mapping-template-reference.html`,
    run: async ({ client }) => {
      const answer = await client.call('/api/blog/posts/', { token: 'a.b.c' });
      refused(answer, 401, 'Error decoding signature.');
      challenged(answer);
      const spaces = await client.call('/api/blog/posts/', { headers: { Authorization: 'JWT one two' } });
      refused(spaces, 401);
    },
  },
  {
    name: 'an unknown path: 404 in JSON, also with a token',
    page: RESPONSES,
    run: async ({ client }) => {
      for (const path of ['/api/nothing/', '/nothing', '/api/token/nothing/']) {
        refused(await client.call(path), 404, 'Not found.');
        refused(await client.call(path, { token: 'a.b.c' }), 404, 'Not found.');
        refused(await client.call(path, { json: {} }), 404, 'Not found.');
      }
    },
  },
  {
    name: 'paths reach their function with and without the last slash',
    page: `${GUIDE}/api-gateway-method-settings-method-request.html`,
    run: async ({ client }) => {
      for (const path of ['/api/token', '/api/token/verify', '/api/token/refresh', '/api/token/revoke']) {
        for (const slash of ['', '/']) {
          const { status, body } = await client.call(path + slash, { json: {} });
          same(status, 400, `status of ${path}${slash}`);
          holds(typeof body === 'object' && body !== null, 'the body is no JSON');
        }
      }
    },
  },
  {
    name: 'another method: 405 with Allow from the function, and 401 before that on protected paths',
    page: `${GUIDE}/api-gateway-known-issues.html`,
    run: async ({ client }) => {
      const answer = await client.call('/api/token/', { method: 'PUT', json: {} });
      refused(answer, 405, 'Method "PUT" not allowed.');
      holds(answer.headers.get('allow')?.includes('POST') ?? false, 'there is no Allow');
      refused(await client.call('/api/blog/posts/', { method: 'PUT', json: {} }), 401);
    },
  },
  {
    name: 'no header of a function comes out under another name',
    page: `${GUIDE}/api-gateway-known-issues.html`,
    run: async ({ client }) => {
      for (const { headers } of [
        await client.call('/api/token/', { json: {} }),
        await client.call('/api/token/'),
      ]) {
        const renamed = [...headers.keys()].filter((name) => name.startsWith('x-amzn-remapped-'));
        // The length and the date are the gateway's own to say.
        same(
          renamed.filter((name) => !/-(content-length|date|connection)$/.test(name)),
          [],
          'renamed headers',
        );
        same(headers.get('cache-control'), 'no-store', 'Cache-Control');
        holds(headers.get('vary')?.includes('Accept') ?? false, 'there is no Vary');
      }
    },
  },
  {
    name: 'a preflight needs no token',
    page: `${GUIDE}/how-to-cors.html`,
    run: async ({ client }) => {
      const headers = {
        Origin: 'https://app.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'authorization',
      };
      for (const path of ['/api/blog/posts/', '/api/account/', '/api/sessions/any/']) {
        same((await client.call(path, { method: 'OPTIONS', headers })).status, 204, `status of ${path}`);
      }
    },
  },
  {
    name: 'HEAD is answered without a body',
    page: `${GUIDE}/api-gateway-method-settings-method-request.html`,
    run: async ({ client }) => {
      const { status, body } = await client.call('/api/blog/posts/', { method: 'HEAD' });
      same([status, body], [401, undefined], 'status and body');
    },
  },
  {
    name: 'bytes that are no UTF-8 reach the function as they are',
    page: `${GUIDE}/api-gateway-payload-encodings.html`,
    run: async ({ client }) => {
      const body = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]);
      const answer = await client.call('/api/token/', {
        body,
        headers: { 'Content-Type': 'application/json' },
      });
      same(answer.status, 400, 'status');
      holds(v.is(detailSchema, answer.body), 'the body is not {"detail": …}');
      holds(answer.body.detail.startsWith('JSON parse error'), 'another reason');
    },
  },
  {
    name: 'a body over 64 KiB: 413 from the function; over 10 MB: 413 from the gateway',
    page: `${GUIDE}/limits.html`,
    run: async ({ client }) => {
      for (const bytes of [70_000, 10_500_000]) {
        const body = JSON.stringify({ username: 'x'.repeat(bytes), password: 'x' });
        refused(
          await client.call('/api/token/', { body, headers: { 'Content-Type': 'application/json' } }),
          413,
        );
      }
    },
  },
  {
    name: 'a header over 10,240 bytes is refused as the client’s fault',
    page: `${GUIDE}/limits.html`,
    run: async ({ client }) => {
      const { status } = await client.call('/api/blog/posts/', { headers: { 'X-Long': 'x'.repeat(11_000) } });
      holds(status >= 400 && status < 500, `status ${status}`);
    },
  },
  {
    name: 'a header cannot take the place of the authorizer',
    page: AUTHORIZERS,
    run: async ({ client }) => {
      const context = JSON.stringify({ user_id: 1, username: 'admin' });
      const headers = { 'sls-offline-authorizer-override': context, 'X-Amzn-Authorizer': context };
      refused(await client.call('/api/account/', { headers }), 401);
    },
  },
];
