import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { anyBody, anyHeaderName, anyText, anyType } from './arbitraries.ts';

const CRLF = '\r\n';

/** A request that HTTP allows, however unusual. A server must respond to it. */
export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  /** The lengths of the chunks of the body. If empty, the body is sent at once. */
  readonly chunks: readonly number[];
}

/** Returns the bytes of a request that asks the server to close the connection. */
export function toBytes({ method, target, headers, body, chunks }: HttpRequest): Buffer {
  const framing =
    body === undefined
      ? []
      : [chunks.length > 0 ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`];
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    ...framing,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  const head = Buffer.from([...lines, '', ''].join(CRLF), 'latin1');
  if (body === undefined) return head;
  return Buffer.concat([head, chunks.length > 0 ? chunked(body, chunks) : body]);
}

function chunked(body: Buffer, lengths: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (const length of [...lengths, body.length]) {
    const part = body.subarray(start, start + length);
    start += part.length;
    if (part.length > 0) parts.push(Buffer.from(part.length.toString(16) + CRLF), part, Buffer.from(CRLF));
  }
  return Buffer.concat([...parts, Buffer.from(`0${CRLF}${CRLF}`)]);
}

/** Characters in a range of Latin-1, the encoding of header values and request targets. */
const latin1 = (from: number, except = '') =>
  fc.string({
    unit: fc
      .integer({ min: from, max: 0xff })
      .filter((code) => code !== 0x7f && !except.includes(String.fromCharCode(code)))
      .map((code) => String.fromCharCode(code)),
  });
/** Text that a header value can contain, without control characters. */
export const toHeaderValue = (text: string): string =>
  [...Buffer.from(text).toString('latin1')]
    .filter((character) => character === '\t' || (character >= ' ' && character !== '\x7f'))
    .join('');
const anyHeaderValue = fc.oneof(latin1(0x20), anyText.map(toHeaderValue));
/** Headers that determine where a request ends are not generated. */
const FRAMING = /^(content-length|transfer-encoding|connection|keep-alive|host|expect|upgrade|te|trailer)$/i;
const anyOtherName = fc
  .oneof({ arbitrary: anyHeaderName, weight: 4 }, fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,30}$/))
  .filter((name) => !FRAMING.test(name));
export const anyHeaderList = fc.array(fc.tuple(anyOtherName, anyHeaderValue), { maxLength: 8 });

export const PUBLIC_PATHS = ['/api/token', '/api/token/verify', '/api/token/refresh', '/api/token/revoke'];
const PATHS = [
  ...PUBLIC_PATHS,
  ...['/api/blog/posts', '/api/sessions', '/api/sessions/x', '/api/account', '/api/account/password'],
  '/api/openapi.json',
  ...['', '/api', '/unknown'],
];
/** The paths of the API, with and without a trailing slash, with encoded or relative segments, and arbitrary paths. */
const anyPath = fc
  .tuple(
    fc.constantFrom(
      ...[
        '',
        '',
        '',
        '',
        '',
        '',
        '/',
        '/.',
        '/..',
        '/%2e%2e',
        'http://localhost',
        'https://[::1]',
        '//x',
        'ftp://x',
      ],
    ),
    fc.oneof(
      { arbitrary: fc.constantFrom(...PATHS), weight: 4 },
      fc.webPath(),
      latin1(0x21).map((text) => `/${text}`),
      latin1(0x21),
    ),
    fc.constantFrom(
      ...['', '', '/', '/', '//', '/.', '/..', '/%2e%2e/', '/%2F', '%2f', '/%', '/%zz', '/%ff', '/%00'],
      ...['/%C3%28', ';a=b', '/\\', '#x', '/{sid}', '/..;/', '%0d%0aX:%20y'],
    ),
  )
  .map((parts) => parts.join(''));
const anyQuery = fc.oneof(
  fc.constant(''),
  latin1(0x21).map((text) => `?${text}`),
  fc.dictionary(anyText, anyText, { maxKeys: 3 }).map((query) => `?${new URLSearchParams(query).toString()}`),
);
export const anyTarget = fc.tuple(anyPath, anyQuery).map((parts) => parts.join('') || '*');

export const anyMethod = fc.oneof(
  { arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'), weight: 4 },
  fc.constantFrom('TRACE', 'PROPFIND', 'SEARCH', 'PURGE', 'M-SEARCH', 'LINK'),
);

const anyCoding = fc.constantFrom('gzip', 'deflate', 'br', 'identity', 'gzip, gzip', 'x', '');
/** Any body of any type, at once or in chunks, sometimes with a content coding, which may be correct. */
export const anyUpload = fc
  .record({
    type: fc.option(anyType.map(toHeaderValue), { freq: 20 }),
    body: anyBody.map((body) => Buffer.from(body)),
    coding: fc.option(anyCoding, { freq: 1, nil: undefined }),
    isCoded: fc.boolean(),
    chunks: fc.oneof(
      fc.constant([]),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
    ),
  })
  .map(({ type, body, coding, isCoded, chunks }) => ({
    headers: [
      ...(type === null ? [] : [['Content-Type', type] as const]),
      ...(coding === undefined ? [] : [['Content-Encoding', coding] as const]),
    ],
    body: coding !== undefined && isCoded ? gzipSync(body) : body,
    chunks,
  }));
