import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as v from 'valibot';
import type { HeaderPair, HttpResponse } from './response.ts';

/** The maximum size of a response of a function (AWS Lambda quotas, invocation payload). */
const MAX_RESULT_BYTES = 6 * 1024 * 1024;

/**
 * The headers that a REST API removes from the response of a function, or renames. It sets `Content-Length` itself.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const REMOVED_HEADERS =
  /^(content-length|expect|host|proxy-authenticate|te|trailer|transfer-encoding|upgrade|via)$/i;
const RENAMED_HEADERS =
  /^(authorization|connection|content-md5|date|max-forwards|server|user-agent|www-authenticate)$/i;

const headerValue = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));

/** A REST API treats a result with other members, such as `cookies`, as malformed. */
const resultSchema = v.strictObject({
  // An interim response (1xx) would leave the client without a final one.
  statusCode: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.nullish(v.record(v.string(), headerValue), {}),
  multiValueHeaders: v.nullish(v.record(v.string(), v.array(headerValue)), {}),
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
});

/**
 * Converts the result of a handler to a response.
 *
 * @throws if the result is malformed or cannot be serialized
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 */
export function toProxyResponse(result: unknown): HttpResponse {
  // As Lambda does, which drops undefined members.
  const text = JSON.stringify(result) ?? 'null';
  if (Buffer.byteLength(text) > MAX_RESULT_BYTES) throw new Error('the result has more than 6 MB');
  const { statusCode, body, isBase64Encoded, ...parsed } = v.parse(resultSchema, JSON.parse(text));
  const lists = Object.entries(parsed.multiValueHeaders);
  const headers: readonly HeaderPair[] = [
    ...Object.entries(parsed.headers),
    ...lists.flatMap(([name, values]) => values.map((value): HeaderPair => [name, value])),
  ];
  for (const [name, value] of headers) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  const isTyped = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return {
    status: statusCode,
    headers: [
      ...(isTyped || body === '' ? [] : [['Content-Type', 'application/json'] as const]),
      ...headers
        .filter(([name]) => !REMOVED_HEADERS.test(name))
        .map(
          ([name, value]): HeaderPair => [
            RENAMED_HEADERS.test(name) ? `x-amzn-Remapped-${name}` : name,
            value,
          ],
        ),
    ],
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}
