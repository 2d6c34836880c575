import { createHash } from 'node:crypto';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { clientAddress, type TrustedProxy } from './client-address.ts';

/** The outcome of an invocation, for its log line. Handlers and middlewares set the fields. */
export interface InvocationRecord {
  /** `ok`, or the code of the error in the response. */
  outcome: string;
  userId?: number | undefined;
  /** Whether an old password hash was replaced. */
  passwordUpgrade?: string;
  /** The error. Its message is logged only if it is an error of this service. */
  error?: unknown;
}

/** The client of a request. */
export interface RequestClient {
  /** The address, as {@link clientAddress} returns it. */
  readonly address: string | undefined;
  /** The name of the device. */
  readonly label: string | undefined;
  /** The digest of `Idempotency-Key`. @see draft-ietf-httpapi-idempotency-key-header §2.1 */
  readonly idempotencyKey: string | undefined;
}

/** A request. The body parser replaces `body` with the parsed body. */
export interface HttpRequest {
  /** The request id, as assigned by API Gateway. */
  readonly id: string;
  readonly method: string;
  /** The last value of each query parameter. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The last value of each header, by its name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Returns a header by its name, which is not case-sensitive. */
  header(name: string): string | undefined;
  /** The parsed body in a handler, not validated. An empty body is an empty object. */
  body: unknown;
  /** Whether the body arrived in base64. */
  readonly isBase64Encoded: boolean;
  /** Whether the path of the URL ends with a slash. A resource of API Gateway has paths with and without it. */
  readonly endsWithSlash: boolean;
  /** The path parameters. */
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly client: RequestClient;
  /** The context of the authorizer, not validated. */
  readonly authorizer: unknown;
  /** When the request was received, in milliseconds since 1970. */
  readonly receivedAtMs: number;
  /** The record for the log line of this invocation. */
  readonly record: InvocationRecord;
}

const optionalText = v.nullish(v.string());
const valuesByName = v.nullish(v.record(v.string(), optionalText));
const listsByName = v.nullish(v.record(v.string(), v.nullish(v.array(v.string()))));

/** The maximum length of a device label, in characters. */
const MAX_LABEL = 100;
/** The maximum length of an address: IPv6 with a zone. */
const MAX_ADDRESS = 64;

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
const eventSchema = v.object({
  httpMethod: v.string(),
  path: optionalText,
  headers: valuesByName,
  multiValueHeaders: listsByName,
  queryStringParameters: valuesByName,
  pathParameters: valuesByName,
  body: optionalText,
  isBase64Encoded: v.nullish(v.boolean()),
  requestContext: v.nullish(
    v.object({
      requestId: optionalText,
      identity: v.nullish(v.object({ sourceIp: optionalText })),
      authorizer: v.optional(v.unknown()),
    }),
  ),
});

/**
 * Reads the event of a REST API's Lambda proxy integration. Returns undefined for another event, such as that of a warm-up.
 *
 * @param receivedAtMs when it was received, in milliseconds since 1970
 * @param proxy the proxy whose header states the address of the client
 */
export function readRequest(
  event: unknown,
  context: Partial<Context>,
  receivedAtMs: number,
  proxy?: TrustedProxy,
): HttpRequest | undefined {
  const parsed = v.safeParse(eventSchema, event);
  if (!parsed.success) return undefined;
  const { httpMethod, queryStringParameters, requestContext, ...rest } = parsed.output;
  const headers = lowerCased(rest.multiValueHeaders ?? {}, rest.headers ?? {});
  const label = headers['latchkey-device'] ?? headers['user-agent'];
  const key = headers['idempotency-key']?.trim();
  return {
    id: requestContext?.requestId ?? context.awsRequestId ?? 'unknown',
    method: httpMethod,
    query: Object.assign(Object.create(null), queryStringParameters),
    endsWithSlash: rest.path?.endsWith('/') ?? false,
    path: Object.assign(Object.create(null), rest.pathParameters),
    headers,
    client: {
      address: truncate(
        clientAddress(headers, requestContext?.identity?.sourceIp ?? undefined, proxy),
        MAX_ADDRESS,
      ),
      label: truncate(label && fromHeader(label), MAX_LABEL),
      idempotencyKey: key ? createHash('sha256').update(key).digest('base64url') : undefined,
    },
    header: (name) => headers[name.toLowerCase()],
    body: rest.body ?? '',
    isBase64Encoded: rest.isBase64Encoded ?? false,
    authorizer: requestContext?.authorizer,
    receivedAtMs,
    record: { outcome: 'ok' },
  };
}

/** Returns the last value of each header by its name in lower case. */
function lowerCased(
  lists: NonNullable<v.InferOutput<typeof listsByName>>,
  values: NonNullable<v.InferOutput<typeof valuesByName>>,
): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  const lasts = Object.entries(lists).map(([name, list]) => [name, list?.at(-1)] as const);
  for (const [name, value] of [...lasts, ...Object.entries(values)]) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  }
  return headers;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes a header whose bytes are UTF-8. A gateway may pass each byte as a character (RFC 9110 §5.5). */
function fromHeader(value: string): string {
  if (!/[\x80-\xff]/.test(value) || /[^\0-\xff]/.test(value)) return value;
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

/** Trims a text and truncates it. Returns undefined for an empty text. */
const truncate = (text: string | null | undefined, length: number): string | undefined =>
  [...(text ?? '').trim().toWellFormed()].slice(0, length).join('') || undefined;
