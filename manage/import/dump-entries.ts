import { DumpSyntaxError, readDump } from '../../lib/django/read-dump.ts';
import { type ReadRecord, type RecordRules, readRecord } from '../../lib/django/records.ts';

/** A dump that can be read more than once. */
export interface DumpSource {
  readonly name: string;
  /** The file, as the operator passed it; undefined for standard input. */
  readonly path?: string | undefined;
  open(): AsyncIterable<Uint8Array>;
}

/** A record, or the error that ends the reading of a dump, and its position. */
export type DumpEntry = { readonly where: string } & (
  | ReadRecord
  | { readonly kind: 'broken'; readonly model: undefined; readonly error: DumpSyntaxError }
);
export type ValidEntry = Extract<DumpEntry, { kind: 'user' | 'post' }>;

export const isValid = (entry: DumpEntry): entry is ValidEntry =>
  entry.kind === 'user' || entry.kind === 'post';

/** Reads a dump. */
export async function* entriesOf(source: DumpSource, rules: RecordRules): AsyncGenerator<DumpEntry> {
  const { name } = source;
  try {
    for await (const record of readDump(source.open(), source.path)) {
      yield { ...readRecord(record, rules), where: `${name}, record ${record.place}` };
    }
  } catch (error) {
    if (!(error instanceof DumpSyntaxError)) throw error;
    const where = error.records === 0 ? name : `${name}, after record ${error.records}`;
    yield { kind: 'broken', model: undefined, error, where };
  }
}
