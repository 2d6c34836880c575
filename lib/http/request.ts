import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { toSeconds } from '../clock.ts';
import { InternalError } from '../errors.ts';

/** What the log line of an invocation says about its outcome. Handlers and middlewares set the fields. */
export interface InvocationRecord {
  /** `ok`, or the code of the error in the response. */
  outcome: string;
  userId?: number | undefined;
  /** Whether an old password hash was replaced. */
  passwordUpgrade?: string;
  /** The error. Its message is logged only if it is an error of this service. */
  error?: unknown;
}

/** A request as handlers see it. The middlewares turn `body` from what API Gateway sent into what the client meant. */
export interface HttpRequest {
  /** The id that the client finds in its answer too. */
  readonly id: string;
  readonly method: string;
  /** The last value of each query parameter. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** By names in lower case; the last value of each. */
  readonly headers: Record<string, string>;
  /** A header by its name in any case. */
  header(name: string): string | undefined;
  /** In a handler: what the body says, still to be looked at. An empty body is an empty object. */
  body: unknown;
  /** Whether `body` is still in base64. */
  isBase64Encoded: boolean;
  /** The parts of the path that have a name. */
  readonly path: Readonly<Record<string, string | undefined>>;
  /** The client, as API Gateway sees it: what the client says of its address counts for nothing. */
  readonly client: { readonly address: string | undefined; readonly label: string | undefined };
  /** What the authorizer handed on, still to be looked at. */
  readonly authorizer: unknown;
  /** When the request came in, in seconds since 1970. */
  readonly nowSeconds: number;
  /** What the log will say of this invocation. */
  readonly record: InvocationRecord;
}

const optionalText = v.nullish(v.string());
const valuesByName = v.nullish(v.record(v.string(), optionalText));
const listsByName = v.nullish(v.record(v.string(), v.nullish(v.array(v.string()))));

/** How many characters of a device's label are kept. */
const MAX_LABEL = 100;
/** The longest text of an address: IPv6 with a zone. */
const MAX_ADDRESS = 64;

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
const eventSchema = v.object({
  httpMethod: v.string(),
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
 * Reads the event of a REST API's Lambda proxy integration.
 *
 * @param nowMs when it came in, in milliseconds since 1970
 * @throws {InternalError} for any other event: API Gateway sends none
 */
export function readRequest(event: unknown, context: Partial<Context>, nowMs: number): HttpRequest {
  const parsed = v.safeParse(eventSchema, event);
  if (!parsed.success) throw new InternalError('the event is no request of a REST API');
  const { httpMethod, multiValueHeaders, queryStringParameters, requestContext, ...rest } = parsed.output;
  const headers = lowerCased(multiValueHeaders, rest.headers);
  const label = headers['latchkey-device'] ?? headers['user-agent'];
  return {
    id: requestContext?.requestId ?? context.awsRequestId ?? 'unknown',
    method: httpMethod,
    query: Object.assign(Object.create(null), queryStringParameters),
    path: Object.assign(Object.create(null), rest.pathParameters),
    headers,
    client: {
      address: cut(requestContext?.identity?.sourceIp, MAX_ADDRESS),
      label: cut(label, MAX_LABEL),
    },
    header: (name) => headers[name.toLowerCase()],
    body: rest.body ?? '',
    isBase64Encoded: rest.isBase64Encoded ?? false,
    authorizer: requestContext?.authorizer,
    nowSeconds: toSeconds(nowMs),
    record: { outcome: 'ok' },
  };
}

function lowerCased(
  lists: v.InferOutput<typeof listsByName>,
  values: v.InferOutput<typeof valuesByName>,
): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, list] of Object.entries(lists ?? {})) {
    const last = list?.at(-1);
    if (last !== undefined) headers[name.toLowerCase()] = last;
  }
  for (const [name, value] of Object.entries(values ?? {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  }
  return headers;
}

/** A text with its ends trimmed, at most so many characters of it; nothing of an empty one. */
const cut = (text: string | null | undefined, length: number): string | undefined =>
  [...(text ?? '').trim().toWellFormed()].slice(0, length).join('') || undefined;
