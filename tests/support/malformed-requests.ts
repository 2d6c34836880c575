import fc from 'fast-check';

const BODY = '{"username":"deku","password":"canary-wrong"}';
const HEAD = ['Host: localhost', 'Content-Type: application/json', 'Connection: close'];
const LENGTH = `Content-Length: ${BODY.length}`;
const CHUNKED = 'Transfer-Encoding: chunked';

/** Creates a request from lines, some of which violate HTTP. */
const requestOf = (lines: readonly string[], body = BODY, line = 'POST /api/token/ HTTP/1.1') =>
  [line, ...lines, '', body].join('\r\n');
const withHeaders = (...lines: string[]) => requestOf([...HEAD, ...lines]);
const withChunks = (body: string) => requestOf([...HEAD, CHUNKED], body);
const withLine = (line: string) => requestOf([...HEAD, LENGTH], BODY, line);
const whole = withHeaders(LENGTH);

/** Requests that two parsers may interpret differently (RFC 9112 sections 5, 6 and 11.2). */
export const KNOWN = [
  withHeaders(LENGTH, LENGTH),
  withHeaders(LENGTH, 'Content-Length: 3'),
  withHeaders(LENGTH, CHUNKED),
  withHeaders(CHUNKED, CHUNKED),
  ...['-1', '+45', '4 5', '4,4', '0x2d', '1e1', '99999999999999999999', ''].map((length) =>
    withHeaders(`Content-Length: ${length}`),
  ),
  ...['xchunked', 'chunked, identity', 'identity', ' chunked', '"chunked"', 'gzip, chunked', ''].map(
    (coding) => withHeaders(`Transfer-Encoding: ${coding}`),
  ),
  withHeaders(LENGTH, 'Transfer-Encoding : chunked'),
  withHeaders(LENGTH, 'X: 1\r\n folded'),
  withHeaders(LENGTH, 'X: 1\nY: 2'),
  withHeaders(LENGTH, 'X: 1\rY: 2'),
  withHeaders(LENGTH, 'X: 1\0'),
  withHeaders(LENGTH, 'X\0: 1'),
  withHeaders(LENGTH, ': nothing'),
  withHeaders(LENGTH, 'no colon'),
  withHeaders(LENGTH, ' leading: blank'),
  withHeaders(LENGTH, 'Ünicode: 1'),
  withHeaders(LENGTH, 'Host: other.example'),
  withHeaders(LENGTH, 'Connection: upgrade', 'Upgrade: websocket'),
  withHeaders(LENGTH, 'Connection: keep-alive'),
  withHeaders(LENGTH, 'Expect: 100-continue'),
  withHeaders(LENGTH, 'Expect: the unexpected'),
  withHeaders(LENGTH, `X-Large: ${'x'.repeat(20_000)}`),
  withHeaders(LENGTH, ...Array.from({ length: 3000 }, (_, index) => `X-${index}: 1`)),
  requestOf([LENGTH]),
  requestOf(['Connection: close', LENGTH]),
  requestOf(['Host: ', 'Connection: close', LENGTH]),
  requestOf(['Host: a b', 'Connection: close', LENGTH]),
  ...[
    '2\r\n{}\r\n0\r\n\r\n',
    'zz\r\n{}\r\n0\r\n\r\n',
    '-2\r\n{}\r\n0\r\n\r\n',
    '2;a=b\r\n{}\r\n0\r\n\r\n',
  ].map(withChunks),
  ...[
    'ffffffffffffffffff\r\n{}',
    '2\r\n{}{}\r\n0\r\n\r\n',
    '2\n{}\n0\n\n',
    '2\r\n{}\r\n0\r\nX: y\r\n\r\n',
    '2\r\n',
  ].map(withChunks),
  ...['HTTP/1.0', 'HTTP/1.2', 'HTTP/9.9', 'HTTP/2.0', 'http/1.1', ''].map((version) =>
    withLine(`POST /api/token/ ${version}`),
  ),
  ...['POST', 'POST  /api/token/ HTTP/1.1', 'post /api/token/ HTTP/1.1', 'POST /a b HTTP/1.1'].map(withLine),
  ...['POST api/token/ HTTP/1.1', 'POST * HTTP/1.1', 'CONNECT localhost:80 HTTP/1.1', 'NO /x HTTP/1.1'].map(
    withLine,
  ),
  ...['GET /\0 HTTP/1.1', `GET /${'x'.repeat(20_000)} HTTP/1.1`, 'POST http:///api/token/ HTTP/1.1'].map(
    withLine,
  ),
  `\r\n\r\n${whole}`,
  `${whole}${whole}`,
  `${whole}GARBAGE`,
  // A request without a Host header, then bytes that are not a request: two rejections on one connection.
  whole.replace(' HTTP/1.1\r\n', ' HTTP/1.1\r\n\r\n\r\n'),
  whole.replaceAll('\r\n', '\n'),
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  // The start of a TLS handshake.
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  '\r\n',
  '\0',
];

const anyWhole = fc.oneof(fc.constant(whole), fc.constantFrom(...KNOWN.filter((text) => text.length < 2000)));
const anyPosition = fc.nat({ max: 400 });
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.constantFrom('\r', '\n', '\r\n', '\r\n\r\n', '\0', ' ', ':', '\t', '%', HEAD.join('\r\n')),
);
/** A request with bytes removed, added or replaced at any position. */
const anyMutation = fc
  .tuple(
    anyWhole,
    fc.array(fc.tuple(anyPosition, fc.nat({ max: 6 }), anyBytes), { minLength: 1, maxLength: 3 }),
  )
  .map(([text, changes]) =>
    changes.reduce((so, [at, gone, bytes]) => so.slice(0, at) + bytes + so.slice(at + gone), text),
  );

/** Bytes that are not a request, or a request that proxies and servers have interpreted differently. */
export const anyMalformedRequest = fc.oneof(
  fc.constantFrom(...KNOWN),
  anyMutation,
  fc.tuple(anyWhole, anyPosition).map(([text, length]) => text.slice(0, length)),
  fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
