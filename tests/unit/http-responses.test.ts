import { describe, expect, it } from 'vitest';
import { readResponses } from '../support/http-responses.ts';

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const SIZED = 'HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 2\r\n\r\n{}';
const EMPTY_CHUNKED = 'HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';

/** The status and the body of each response. */
const read = (text: string, options = {}) =>
  readResponses(Buffer.from(text, 'latin1'), options).map(({ status, body }) => [status, body.toString()]);

describe('HTTP response reader', () => {
  it.each([
    ['no response', '', []],
    ['Content-Length', SIZED, [[405, '{}']]],
    ['chunks', `${CHUNKED}3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n`, [[200, 'abc0123456789']]],
    [
      'chunks that contain line breaks',
      `${CHUNKED}9\r\n0\r\n\r\n\r\nxy\r\n0\r\n\r\n`,
      [[200, '0\r\n\r\n\r\nxy']],
    ],
    ['chunks with an extension and a trailer', `${CHUNKED}1;a=b\r\nx\r\n0\r\nA: b\r\n\r\n`, [[200, 'x']]],
    [
      'a body that ends with the connection',
      'HTTP/1.1 200 OK\r\n\r\nup to\r\n\r\n',
      [[200, 'up to\r\n\r\n']],
    ],
    [
      'two with Content-Length',
      SIZED + SIZED,
      [
        [405, '{}'],
        [405, '{}'],
      ],
    ],
    [
      'chunked, then Content-Length',
      EMPTY_CHUNKED + SIZED,
      [
        [400, ''],
        [405, '{}'],
      ],
    ],
    [
      'Content-Length, then chunked',
      SIZED + EMPTY_CHUNKED,
      [
        [405, '{}'],
        [400, ''],
      ],
    ],
    [
      'two chunked',
      EMPTY_CHUNKED + EMPTY_CHUNKED,
      [
        [400, ''],
        [400, ''],
      ],
    ],
    [
      'an interim response first',
      `HTTP/1.1 100 Continue\r\n\r\n${SIZED}`,
      [
        [100, ''],
        [405, '{}'],
      ],
    ],
    [
      '204 with body headers',
      `HTTP/1.1 204 No Content\r\n\r\n${SIZED}`,
      [
        [204, ''],
        [405, '{}'],
      ],
    ],
    [
      '304 with a length',
      `HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n${SIZED}`,
      [
        [304, ''],
        [405, '{}'],
      ],
    ],
  ])('reads %s', (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('reads no body in responses to HEAD', () => {
    const head = SIZED.slice(0, -2);
    expect(read(head + CHUNKED + head, { isHead: true })).toEqual([
      [405, ''],
      [200, ''],
      [405, ''],
    ]);
  });

  it('returns headers by lower-case name, with trimmed values', () => {
    const [response] = readResponses(Buffer.from('HTTP/1.1 204 \r\nX-One: \t1 2 \r\nTWO:\r\n\r\n'));
    expect(response?.headers).toEqual({ 'x-one': '1 2', two: '' });
  });

  it.each([
    ['a truncated status line', 'HTTP/1.1 200 O'],
    ['another HTTP version', 'HTTP/1.0 200 OK\r\n\r\n'],
    ['truncated headers', 'HTTP/1.1 200 OK\r\nA: b\r\n'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nnone\r\n\r\n'],
    ['a space before a colon', 'HTTP/1.1 200 OK\r\nA : b\r\n\r\n'],
    ['a body shorter than its length', SIZED.slice(0, -1)],
    ['bytes after a body', `${SIZED}x`],
    ['a length that is not a number', SIZED.replace('2', '-2')],
    ['a length with chunks', EMPTY_CHUNKED.replace('\r\n', '\r\nContent-Length: 0\r\n')],
    ['an unknown transfer coding', EMPTY_CHUNKED.replace('chunked', 'gzip')],
    ['a chunk size that is not a number', `${CHUNKED}zz\r\n\r\n`],
    ['a truncated chunk', `${CHUNKED}3\r\nab`],
    ['a chunk longer than its size', `${CHUNKED}1\r\nab\r\n0\r\n\r\n`],
    ['chunks without a last chunk', `${CHUNKED}1\r\na\r\n`],
    ['a truncated last chunk', `${CHUNKED}0\r\n`],
  ])('rejects %s', (_, text) => {
    expect(() => read(text)).toThrow(/^expected /);
  });
});
