import { describe, expect, it } from 'vitest';
import { type DumpRecord, DumpSyntaxError, readDump } from '../../lib/django/read-dump.ts';
import { cpuTimeOf } from '../support/cpu-time.ts';
import { chunksOf } from '../support/dumps.ts';

/** Reads a dump in chunks of a file. Returns the problems of its records, and the error that ended it. */
async function problemsOf(dump: string): Promise<readonly string[]> {
  const records: DumpRecord[] = [];
  try {
    for await (const record of readDump(chunksOf(Buffer.from(dump), [65_536]))) records.push(record);
  } catch (error) {
    if (!(error instanceof DumpSyntaxError)) throw error;
    return [error.message];
  }
  return records.flatMap((record) => (record.kind === 'unreadable' ? record.problem : []));
}

describe('readDump', () => {
  it.each([
    ['escapes in a string that is not terminated', `{"x":NaN,"a":"${'\\"'.repeat(50_000)}\n`],
    ['quotes in a word', `[1,NaN${'"\\'.repeat(50_000)}]`],
    ['empty lines before the end of a log', `log${'\n'.repeat(65_000)}x`],
  ])('takes less than a second of CPU time with many %s', async (_, dump) => {
    expect(await cpuTimeOf(() => problemsOf(dump))).toBeLessThan(1000);
  });

  it('stops reading a value whose brackets would fill the memory', async () => {
    let read = 0;
    const dump = (async function* () {
      for (; read < 100; read += 1) yield Buffer.alloc(65_536, '[');
    })();
    await expect(readDump(dump).next()).rejects.toThrow(DumpSyntaxError);
    expect(read).toBeLessThan(20);
  });
});
