import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DumpRecord, DumpSyntaxError, readDump } from '../../lib/django/read-dump.ts';
import { anyLengths, anyText, oddText, RUNS, TIME_MS } from '../support/arbitraries.ts';
import { chunksOf, escapeNonAscii } from '../support/dumps.ts';

const anyRecord = fc.record({
  model: fc.constant('x.y'),
  fields: fc.dictionary(fc.oneof(anyText, oddText), fc.oneof(oddText, anyText, fc.jsonValue()), {
    maxKeys: 4,
  }),
});

/** Integers beyond 2^53 as numbers, and -0 as 0, as JSON.stringify writes it. */
function rounded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rounded(member)]));
}

/** Reads a dump. Returns its records and the error that ended it. */
async function read(dump: string | Uint8Array, lengths: readonly number[] = [7]) {
  const records: DumpRecord[] = [];
  try {
    for await (const record of readDump(chunksOf(Buffer.from(dump), lengths))) records.push(record);
  } catch (error) {
    if (!(error instanceof DumpSyntaxError)) throw error;
    return { records, fault: error.message, before: error.records };
  }
  return { records, fault: undefined, before: records.length };
}

describe('readDump', () => {
  it(
    'returns what was written, raw or escaped, wherever the chunks end',
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(anyRecord, { maxLength: 4 }),
          fc.constantFrom(escapeNonAscii, (text: string) => text),
          anyLengths,
          async (values, write, lengths) => {
            const text = write(JSON.stringify(values, null, 1));
            const { records, fault } = await read(text, lengths);
            expect(fault).toBeUndefined();
            // JSON.parse returns wrong names on Node 24 (https://github.com/nodejs/node/issues/63785).
            expect(
              records.map((record) => (record.kind === 'parsed' ? rounded(record.value) : record.problem)),
            ).toEqual(rounded(values));
            expect(records.map(({ place }) => place)).toEqual(values.map((_, index) => index + 1));
          },
        ),
        { numRuns: RUNS / 4 },
      ),
    TIME_MS,
  );

  it.each(['[{"a":"x\ufeffy"}]', '[{"a":"x\\ufeffy"}]'])('keeps U+FEFF in %j', async (text) => {
    for (let length = 1; length <= 20; length += 1) {
      expect((await read(text, [length])).records).toEqual([
        { kind: 'parsed', place: 1, value: { a: 'x\ufeffy' } },
      ]);
    }
  });

  it('skips one byte order mark at the start, but not a second one', async () => {
    for (const lengths of [[1], [2, 1], [100]]) {
      expect((await read('\ufeff[{"a":"\ufeff"}]', lengths)).records).toEqual([
        { kind: 'parsed', place: 1, value: { a: '\ufeff' } },
      ]);
      expect(await read('\ufeff\ufeff[]', lengths)).toMatchObject({ fault: expect.any(String) });
      expect((await read('[\ufeff]', lengths)).records).toEqual([
        { kind: 'unreadable', place: 1, problem: 'it is not valid JSON (line 1)' },
      ]);
    }
  });

  it.each([
    ['a byte of Latin-1', [0xe9]],
    ['a truncated character', [0xe2, 0x82]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a NUL in two bytes', [0xc0, 0x80]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('reports a record with %s, replaces nothing, and returns the others', async (_, bytes) => {
    const dump = Buffer.concat([
      Buffer.from('[{"a":1},{"a":"'),
      Uint8Array.from(bytes),
      Buffer.from('"},{"a":3}]'),
    ]);
    for (const length of [1, 2, 3]) {
      expect(await read(dump, [length])).toEqual({
        records: [
          { kind: 'parsed', place: 1, value: { a: 1 } },
          {
            kind: 'unreadable',
            place: 2,
            problem: expect.stringMatching(/^it is not UTF-8; if .* \(line 1\)$/),
          },
          { kind: 'parsed', place: 3, value: { a: 3 } },
        ],
        fault: undefined,
        before: 3,
      });
    }
    const end = Buffer.concat([Buffer.from('[{"a":1}]'), Uint8Array.from(bytes)]);
    expect((await read(end, [1])).fault).toBe('The JSON is broken or ends too early (line 1).');
  });

  it.each([
    ['[{"a":1},{"a":2},{"a":3]', 2],
    ['[{"a":1}', 1],
    ['[{"a":1}] x', 1],
    ['[{"a":1}][]', 1],
    ['[{"a":1} {"a":2}]', 1],
  ])('returns the records before the syntax error in %j', async (text, before) => {
    for (const length of [1, 5, 1000]) {
      const { records, ...rest } = await read(text, [length]);
      expect(records).toHaveLength(before);
      expect(rest).toEqual({ fault: 'The JSON is broken or ends too early (line 1).', before });
    }
  });

  it.each(['5', '"x"', 'null'])('reports that %j is not an array', async (text) => {
    expect((await read(text)).fault).toMatch(/^A dump is a JSON array of records\. /);
  });

  it('rethrows an error of its source', async () => {
    const failure = new Error('the disk is gone');
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('[');
      throw failure;
    }
    await expect(readDump(broken()).next()).rejects.toBe(failure);
  });
});
