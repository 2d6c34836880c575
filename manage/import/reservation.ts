import { DumpSyntaxError, readDump } from '../../lib/django/read-dump.ts';
import { readRecord } from '../../lib/django/records.ts';
import type { Counters } from '../../lib/dynamodb/counters.ts';
import type { CounterName } from '../../lib/dynamodb/keys.ts';

/** A dump that can be read more than once. */
export interface DumpSource {
  readonly name: string;
  open(): AsyncIterable<Uint8Array>;
}

const COUNTER_OF = { user: 'users', post: 'posts' } as const;

/**
 * Reserves the ids of dumps before an import writes anything, so that no other command is assigned one of them, even if the
 * import is interrupted. See docs/decisions/017-ids-are-reserved-before-an-import-writes.md.
 *
 * @returns the highest id of each kind that may have been assigned before
 * @throws {UnavailableError}
 */
export async function reserveIds(
  counters: Counters,
  sources: readonly DumpSource[],
): Promise<Readonly<Record<CounterName, number>>> {
  const highest: Record<CounterName, number> = { users: 0, posts: 0 };
  for (const source of sources) {
    try {
      for await (const { value } of readDump(source.open())) {
        const read = readRecord(value);
        if (read.kind !== 'user' && read.kind !== 'post') continue;
        const name = COUNTER_OF[read.kind];
        highest[name] = Math.max(highest[name], read.record.pk ?? 0);
      }
    } catch (error) {
      // The import reads the same records, and reports the error.
      if (!(error instanceof DumpSyntaxError)) throw error;
    }
  }
  const reserve = (name: CounterName) => (highest[name] === 0 ? 0 : counters.reserve(name, highest[name]));
  return { users: await reserve('users'), posts: await reserve('posts') };
}
