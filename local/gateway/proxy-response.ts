import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as v from 'valibot';
import { toResponseHeaders } from './header-mapping.ts';
import type { HeaderPair, HttpResponse } from './response.ts';

/** The maximum size of a response of a function (AWS Lambda quotas, invocation payload). */
const MAX_RESULT_BYTES = 6 * 1024 * 1024;

const headerValue = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));

/** A REST API treats a result with other members, such as `cookies`, as malformed. */
const resultSchema = v.strictObject({
  statusCode: v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.digits())]),
    v.transform(Number),
    v.integer(),
    // An interim response (1xx) would leave the client without a final one.
    v.minValue(200),
    v.maxValue(599),
  ),
  headers: v.nullish(v.record(v.string(), headerValue), {}),
  multiValueHeaders: v.nullish(v.record(v.string(), v.array(headerValue)), {}),
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
});

/**
 * Converts the result of a handler to a response. Returns undefined if the result is malformed.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 */
export function toProxyResponse(result: unknown): HttpResponse | undefined {
  const text = toJson(result);
  if (text === undefined || Buffer.byteLength(text) > MAX_RESULT_BYTES) return undefined;
  const parsed = v.safeParse(resultSchema, JSON.parse(text));
  if (!parsed.success) return undefined;
  const { statusCode, body, isBase64Encoded } = parsed.output;
  const headers = headersOf(parsed.output);
  if (!headers.every(isSendable)) return undefined;
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return {
    status: statusCode,
    headers: [
      ...(typed || body === '' ? [] : [['Content-Type', 'application/json'] as const]),
      ...toResponseHeaders(headers),
    ],
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** Serializes a result as Lambda does, which drops undefined members. Returns undefined if it cannot be serialized. */
function toJson(result: unknown): string | undefined {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    return undefined;
  }
}

/** Merges both kinds of headers. A pair that is in both appears once. */
function headersOf(result: v.InferOutput<typeof resultSchema>): readonly HeaderPair[] {
  const several = Object.entries(result.multiValueHeaders).flatMap(([name, values]) =>
    values.map((value): HeaderPair => [name, value]),
  );
  const single = Object.entries(result.headers).filter(
    ([name, value]) =>
      !several.some((pair) => pair[0].toLowerCase() === name.toLowerCase() && pair[1] === value),
  );
  return [...single, ...several];
}

function isSendable([name, value]: HeaderPair): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
