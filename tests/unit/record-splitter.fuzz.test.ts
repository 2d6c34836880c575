import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DumpRecord, DumpSyntaxError, readDump } from '../../lib/django/read-dump.ts';
import { anyLengths, anyText, oddText, RUNS, TIME_MS } from '../support/arbitraries.ts';
import { chunksOf } from '../support/dumps.ts';

async function read(file: Uint8Array, lengths: readonly number[]) {
  const records: DumpRecord[] = [];
  try {
    for await (const record of readDump(chunksOf(file, lengths))) records.push(record);
  } catch (error) {
    if (!(error instanceof DumpSyntaxError)) throw error;
    return { records, fault: error.message };
  }
  return { records, fault: undefined };
}

const anyRecord = fc.record({
  model: fc.constant('a.b'),
  fields: fc.dictionary(oddText, fc.oneof(anyText, fc.boolean())),
});
/** Values that are not JSON, but have complete strings and brackets. */
const brokenRecord = fc.constantFrom(
  '{"model":"a.b","fields":{"x":}}',
  '{"model":"a.b",}',
  '{\'model\':"a.b"}',
  '{"a":"\n"}',
  '{"a":"\\x"}',
  '{"a":01}',
  'nul',
  '"\t"',
  '[1,,2]',
);
const anyItem = fc.oneof(
  anyRecord.map((value) => ({ text: JSON.stringify(value), value })),
  brokenRecord.map((text) => ({ text, value: undefined })),
);

it(
  'readDump returns each valid record at its place, among any other text and wherever chunks end',
  () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyItem, { minLength: 1 }), anyLengths, async (items, lengths) => {
        // The first one decides what the file is.
        const all = [{ text: '{"model":"a.b"}', value: { model: 'a.b' } }, ...items];
        const { records, fault } = await read(
          Buffer.from(`[${all.map(({ text }) => text).join(',\n')}]`),
          lengths,
        );
        expect(fault).toBeUndefined();
        expect(records).toEqual(
          all.map(({ value }, index) =>
            value === undefined
              ? {
                  kind: 'unreadable',
                  place: index + 1,
                  problem: expect.stringContaining('not valid JSON'),
                  model: records[index] && modelOf(records[index]),
                }
              : { kind: 'parsed', place: index + 1, value },
          ),
        );
      }),
      { numRuns: RUNS / 4 },
    ),
  TIME_MS,
);

const modelOf = (record: DumpRecord) => (record.kind === 'unreadable' ? record.model : undefined);

it(
  'readDump reads any bytes or rejects them with a sentence, wherever chunks end',
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          '',
          '[',
          '[{',
          '{',
          '{}\n',
          '\x1f\x8b\x08\0',
          'PK\x03\x04',
          '\xef\xbb\xbf[',
          'BZh',
          '\xff\xfe',
        ),
        fc.uint8Array({ maxLength: 200 }),
        anyLengths,
        async (start, bytes, lengths) => {
          const file = Buffer.concat([Buffer.from(start, 'latin1'), bytes]);
          const result = await read(file, lengths);
          expect(await read(file, [file.length || 1])).toEqual(result);
        },
      ),
      { numRuns: RUNS / 4 },
    ),
  TIME_MS,
);
