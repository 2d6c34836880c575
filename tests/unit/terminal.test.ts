import { afterEach, describe, expect, it, vi } from 'vitest';
import { colored, printable, tell, toTable, warn } from '../../tools/kit/terminal.ts';

/** Text that changes a terminal or its reading order, with the expected output. */
const HOSTILE: [string, string][] = [
  ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
  ['\u009b31m', '\\u009b31m'],
  ['a\u202egnp.exe', 'a\\u202egnp.exe'],
  ['\u2066\u2069\u200b\ufeff\u00ad', '\\u2066\\u2069\\u200b\\ufeff\\u00ad'],
  ['\u{e0041}', '\\udb40\\udc41'],
  ['\u2028\u2029\u0085\u007f\r\t', '\\u2028\\u2029\\u0085\\u007f\\u000d\\u0009'],
];

afterEach(() => {
  vi.restoreAllMocks();
});

/** Returns the output of a function to a stream of this process. */
function written(stream: 'stdout' | 'stderr', work: () => void): string {
  const write = vi.spyOn(process[stream], 'write').mockReturnValue(true);
  work();
  const text = write.mock.calls.map(([chunk]) => String(chunk)).join('');
  write.mockRestore();
  return text;
}

describe('text of stored data', () => {
  it.each(HOSTILE)('is escaped: %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
    expect(toTable([['name'], [text]])).toContain(shown);
    expect(written('stdout', () => tell(`The user ${text}`))).toBe(`The user ${shown}\n`);
    expect(written('stderr', () => warn(`The user ${text}`))).toBe(`The user ${shown}\n`);
  });

  it.each(HOSTILE)('is escaped in JSON, which keeps its value: %j', (text) => {
    const line = printable(JSON.stringify({ username: text }));
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(line)).toEqual({ username: text });
  });

  it('lays out a table of many rows', () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => [String(index), 'x']);
    expect(toTable(rows).split('\n').at(7)).toBe('7       x');
  });

  it('keeps lines, and characters that a terminal shows', () => {
    const text = 'Großé 데쿠\n  \\ "…" 🦸';
    expect(written('stdout', () => tell(text))).toBe(`${text}\n`);
    expect(printable('a\nb')).toBe('a\\u000ab');
  });
});

// tests/e2e/terminal.test.ts has a terminal with colors.
describe('colored', () => {
  it('returns the text unchanged at a terminal if NO_COLOR is set', () => {
    const { isTTY } = process.stdout;
    process.stdout.isTTY = true;
    try {
      vi.stubEnv('NO_COLOR', '1');
      expect(colored('red', 'text')).toBe('text');
    } finally {
      vi.unstubAllEnvs();
      process.stdout.isTTY = isTTY;
    }
  });
});
