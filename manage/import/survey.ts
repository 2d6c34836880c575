import { CompressionError } from '../../lib/django/decompress.ts';
import type { RecordRules, UserRecord } from '../../lib/django/records.ts';
import type { CounterName } from '../../lib/dynamodb/keys.ts';
import { type DumpEntry, type DumpSource, entriesOf, isValid } from './dump-entries.ts';
import { hashKindOf } from './hash-kinds.ts';
import type { ImportReport } from './report.ts';

/** The counter of each kind of record. */
export const COUNTER_OF = { user: 'users', post: 'posts' } as const;

/** The properties of dumps that an import needs before it writes anything. */
export interface Survey {
  /** The highest id of each kind. */
  readonly highest: Readonly<Record<CounterName, number>>;
  /** Whether all users have a pk, all posts have one, and all posts name their authors by pk. */
  readonly isNumbered: boolean;
  /** Compressed files that are damaged. Any of their records may be wrong, so none is imported. */
  readonly damaged: ReadonlyMap<DumpSource, DumpEntry>;
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
  const damaged = new Map<DumpSource, DumpEntry>();
  let isNumbered = true;
  for (const source of sources) {
    for await (const entry of entriesOf(source, rules)) {
      if (entry.kind === 'broken' && entry.error.cause instanceof CompressionError) {
        damaged.set(source, { ...entry, where: source.name });
      }
      if (!isValid(entry)) continue;
      const { kind, record } = entry;
      const name = COUNTER_OF[kind];
      highest[name] = Math.max(highest[name], record.pk ?? 0);
      if (record.pk == null) isNumbered = false;
      if (kind === 'user') surveyUser(record, names, report);
      else if (typeof record.fields.author !== 'number') isNumbered = false;
    }
  }
  return { highest, isNumbered, damaged };
}

/** @param names the usernames so far, by their form without case */
function surveyUser({ fields }: UserRecord, names: Map<string, string>, report: ImportReport): void {
  const { username, password } = fields;
  const hash = hashKindOf(password);
  if (hash.kind === 'unusable') report.unusablePasswords += 1;
  else if (hash.kind === 'uncheckable') report.addUncheckableHash(hash.reason, username);
  const folded = username.toUpperCase().toLowerCase();
  const other = names.get(folded);
  if (other === undefined) names.set(folded, username);
  else if (other !== username) report.caseConflicts.set(username, other);
}
