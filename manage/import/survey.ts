import { CompressionError } from '../../lib/django/decompress.ts';
import { DumpSyntaxError, readDump } from '../../lib/django/read-dump.ts';
import { type ReadRecord, type RecordRules, readRecord, type UserRecord } from '../../lib/django/records.ts';
import type { CounterName } from '../../lib/dynamodb/keys.ts';
import { hashKindOf } from './hash-kinds.ts';
import type { ImportReport } from './report.ts';
import type { DumpSource } from './reservation.ts';

/** The counter of each kind of record. */
export const COUNTER_OF = { user: 'users', post: 'posts' } as const;

/** The properties of dumps that an import needs before it writes anything. */
export interface Survey {
  /** The highest id of each kind. */
  readonly highest: Readonly<Record<CounterName, number>>;
  /** Whether all users have a pk, all posts have one, and all posts name their authors by pk. */
  readonly isNumbered: boolean;
  /** Compressed files that are damaged. Any of their records may be wrong, so none is imported. */
  readonly damaged: ReadonlyMap<DumpSource, DumpSyntaxError>;
}

/**
 * Reads dumps once. Enters the password hashes that cannot be checked, and usernames that differ by case only, in the report.
 * The import reads the same records again, and reports invalid ones.
 */
export async function surveyDumps(
  sources: readonly DumpSource[],
  rules: RecordRules,
  report: ImportReport,
): Promise<Survey> {
  const highest: Record<CounterName, number> = { users: 0, posts: 0 };
  const names = new Map<string, string>();
  const damaged = new Map<DumpSource, DumpSyntaxError>();
  let isNumbered = true;
  for await (const read of validRecords(sources, rules, damaged)) {
    const name = COUNTER_OF[read.kind];
    highest[name] = Math.max(highest[name], read.record.pk ?? 0);
    if (read.record.pk == null) isNumbered = false;
    if (read.kind === 'user') surveyUser(read.record, names, report);
    else if (typeof read.record.fields.author !== 'number') isNumbered = false;
  }
  return { highest, isNumbered, damaged };
}

async function* validRecords(
  sources: readonly DumpSource[],
  rules: RecordRules,
  damaged: Map<DumpSource, DumpSyntaxError>,
): AsyncGenerator<Extract<ReadRecord, { kind: 'user' | 'post' }>> {
  for (const source of sources) {
    try {
      for await (const record of readDump(source.open(), source.path)) {
        const read = readRecord(record, rules);
        if (read.kind === 'user' || read.kind === 'post') yield read;
      }
    } catch (error) {
      if (!(error instanceof DumpSyntaxError)) throw error;
      if (error.cause instanceof CompressionError) damaged.set(source, error);
    }
  }
}

/** @param names the usernames so far, by their form without case */
function surveyUser({ fields }: UserRecord, names: Map<string, string>, report: ImportReport): void {
  const { username, password } = fields;
  const hash = hashKindOf(password);
  if (hash.kind === 'unusable') report.unusablePasswords += 1;
  else if (hash.kind === 'uncheckable') report.uncheckableHashes.add(hash.reason, username);
  const folded = username.toUpperCase().toLowerCase();
  const other = names.get(folded);
  if (other === undefined) names.set(folded, username);
  else if (other !== username) report.caseConflicts.set(username, other);
}
