import { readFileSync } from 'node:fs';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createHandler } from '../../functions/openapi.ts';
import { createLogger } from '../../lib/logger.ts';
import { lambdaContext, postJson, proxyEvent } from '../../tools/harness/events.ts';

const PATH = '/api/openapi.json';
const DESCRIPTION = JSON.stringify(
  JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')),
);
const handler = createHandler({
  http: { logger: createLogger(() => {}), allowedOrigins: ['https://app.example'] },
  description: DESCRIPTION,
});
const get = (
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<APIGatewayProxyResult> => handler(proxyEvent(method, { path: PATH, headers }), lambdaContext());

describe('GET /api/openapi.json', () => {
  it('returns the description to anyone, who may reuse it for five minutes', async () => {
    const { statusCode, headers, body } = await get();
    expect([statusCode, body]).toEqual([200, DESCRIPTION]);
    expect(headers).toMatchObject({
      'Content-Type': 'application/json',
      'Cache-Control': 'public, max-age=300',
      ETag: expect.stringMatching(/^"[\w-]{43}"$/),
    });
  });

  it('has another ETag if the description changes', async () => {
    const other = createHandler({
      http: { logger: createLogger(() => {}), allowedOrigins: [] },
      description: '{}',
    });
    const { headers } = await other(proxyEvent('GET', { path: PATH }), lambdaContext());
    expect(headers?.ETag).not.toBe((await get()).headers?.ETag);
  });

  it.each<[string, (etag: string) => string]>([
    ['the tag', (etag) => etag],
    ['the weak tag', (etag) => `W/${etag}`],
    ['a list with the tag', (etag) => `"other", W/"another" , ${etag}`],
    ['any tag', () => '*'],
  ])('responds with 304, without a body, to %s in If-None-Match', async (_, sent) => {
    const etag = String((await get()).headers?.ETag);
    const { statusCode, headers, body } = await get({ 'If-None-Match': sent(etag) });
    expect([statusCode, body]).toEqual([304, '']);
    expect(headers).toMatchObject({ ETag: etag, 'Cache-Control': 'public, max-age=300' });
    expect(headers).not.toHaveProperty('Content-Type');
  });

  it.each(['"other"', 'W/"other", "another"', 'not quoted', '', '"'])(
    'responds with the description to If-None-Match: %s',
    async (sent) => {
      const { statusCode, body } = await get({ 'If-None-Match': sent });
      expect([statusCode, body]).toEqual([200, DESCRIPTION]);
    },
  );

  it('responds to HEAD as to GET, without the body', async () => {
    const { headers } = await get();
    expect(await get({}, 'HEAD')).toEqual({ statusCode: 200, headers, body: '' });
    const sent = { 'If-None-Match': String(headers?.ETag) };
    expect(await get(sent, 'HEAD')).toMatchObject({ statusCode: 304, body: '' });
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('responds with 405 to %s', async (method) => {
    const event = { ...postJson({}), httpMethod: method };
    const { statusCode, headers, body } = await handler(event, lambdaContext());
    expect(statusCode).toBe(405);
    expect(headers).toMatchObject({ Allow: 'GET, HEAD, OPTIONS', 'Cache-Control': 'no-store' });
    expect(JSON.parse(body)).toEqual({
      detail: `Method "${method}" not allowed.`,
      code: 'method_not_allowed',
    });
  });

  it('can be read by browser apps on the allowed origins only', async () => {
    const originOf = async (Origin: string) =>
      (await get({ Origin })).headers?.['Access-Control-Allow-Origin'];
    expect(await originOf('https://app.example')).toBe('https://app.example');
    expect(await originOf('https://other.example')).toBeUndefined();
  });
});
