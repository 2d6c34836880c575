import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { writeDump } from '../../lib/django/write-dump.ts';
import type { Table } from '../../lib/dynamodb/client.ts';
import { dumpRecords } from '../../manage/dump-records.ts';
import type { DumpSource } from '../../manage/import/dump-entries.ts';

/** Splits bytes into chunks of the given lengths, which repeat. */
export async function* chunksOf(
  bytes: Uint8Array,
  lengths: readonly number[] = [7],
): AsyncGenerator<Uint8Array> {
  for (let start = 0, count = 0; start < bytes.length; count += 1) {
    const length = lengths[count % lengths.length] ?? bytes.length;
    yield bytes.subarray(start, start + length);
    start += length;
  }
}

/** Creates a dump as `loaddata` reads it. */
export const sourceOf = (dump: string | Uint8Array, lengths?: readonly number[]): DumpSource => ({
  name: 'dump.json',
  open: () => chunksOf(Buffer.from(dump), lengths),
});

/** Writes JSON with all characters outside ASCII escaped, as Python's `json.dumps` does. */
export const escapeNonAscii = (json: string): string =>
  json.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Returns the output of `dumpdata`. */
export const dumpOf = (table: Table): Promise<string> => text(Readable.from(writeDump(dumpRecords(table))));
