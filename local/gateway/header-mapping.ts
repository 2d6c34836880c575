import type { HeaderPair } from './response.ts';

/**
 * Headers that a REST API drops or renames between the client and the Lambda proxy integration.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const DROPPED_FROM_REQUESTS = new Set([
  'connection',
  'content-md5',
  'expect',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'upgrade',
  'www-authenticate',
]);

const DROPPED_FROM_RESPONSES = new Set([
  'expect',
  'host',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

const RENAMED_IN_RESPONSES = new Set([
  'authorization',
  'connection',
  'content-md5',
  'date',
  'max-forwards',
  'server',
  'user-agent',
  'www-authenticate',
]);

/** The headers of an event. The case of their names is that of the client. */
export interface EventHeaders {
  /** The last value of each header. */
  readonly headers: Record<string, string>;
  readonly multiValueHeaders: Record<string, string[]>;
}

/**
 * Converts the headers of a request to those of an event.
 *
 * @param raw alternating names and values, like `rawHeaders` of Node.js
 */
export function toEventHeaders(raw: readonly string[]): EventHeaders {
  const headers = new Map<string, string>();
  const multiValueHeaders = new Map<string, string[]>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const { [index]: name = '', [index + 1]: value = '' } = raw;
    if (DROPPED_FROM_REQUESTS.has(name.toLowerCase())) continue;
    headers.set(name, value);
    const values = multiValueHeaders.get(name);
    if (values === undefined) multiValueHeaders.set(name, [value]);
    else values.push(value);
  }
  return {
    headers: Object.fromEntries(headers),
    multiValueHeaders: Object.fromEntries(multiValueHeaders),
  };
}

/** Renames or drops headers that a function cannot set. `Content-Length` is dropped, because {@link send} sets it. */
export const toResponseHeaders = (headers: readonly HeaderPair[]): readonly HeaderPair[] =>
  headers
    .filter(
      ([name]) => !DROPPED_FROM_RESPONSES.has(name.toLowerCase()) && name.toLowerCase() !== 'content-length',
    )
    .map(([name, value]) =>
      RENAMED_IN_RESPONSES.has(name.toLowerCase()) ? [`x-amzn-Remapped-${name}`, value] : [name, value],
    );
