import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { replaceLogLines, requestLine } from '../../local/request-log.ts';

describe('requestLine', () => {
  it('contains time, method, path, status and duration, and escapes control characters', () => {
    const request = { method: 'GET', path: '/a\u001b[2J', status: 200, milliseconds: 12.4 };
    const line = requestLine(request, new Date(2026, 0, 1, 9, 5, 7));
    expect(line).toBe('09:05:07  GET    /a\\u001b[2J  200  12 ms');
  });
});

describe('replaceLogLines', () => {
  const written = (...chunks: (string | Uint8Array)[]) => {
    const stream = new PassThrough();
    replaceLogLines(stream);
    for (const chunk of chunks) stream.write(chunk);
    return String(stream.read() ?? '');
  };

  it('drops log lines and metrics', () => {
    expect(written('{"level":"INFO","route":"obtain"}\n', '{"_aws":{}}\n')).toBe('');
  });

  it('passes other output unchanged', () => {
    expect(written('text\n', Buffer.from('bytes\n'), '{"other":1}\n')).toBe('text\nbytes\n{"other":1}\n');
  });

  it('makes errors readable', () => {
    const error = {
      level: 'ERROR',
      route: 'obtain',
      error_name: 'UnavailableError',
      error_message: 'unavailable',
      error_causes: ['TimeoutError'],
      error_stack: ['at find (lib/users.ts:1:2)'],
    };
    expect(written(`${JSON.stringify(error)}\n`)).toBe(
      'obtain: UnavailableError: unavailable\n    caused by TimeoutError\n    at find (lib/users.ts:1:2)\n',
    );
  });
});
