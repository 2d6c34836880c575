import type { Counters } from '../../lib/dynamodb/counters.ts';
import type { CounterName } from '../../lib/dynamodb/keys.ts';

/** A dump that can be read more than once. */
export interface DumpSource {
  readonly name: string;
  /** The file, as the operator passed it; undefined for standard input. */
  readonly path?: string | undefined;
  open(): AsyncIterable<Uint8Array>;
}

/**
 * Reserves the ids of dumps before an import writes anything, so that no other command is assigned one of them, even if the
 * import is interrupted. See docs/decisions/017-ids-are-reserved-before-an-import-writes.md.
 *
 * @param highest the highest id of each kind in the dumps, 0 if there is none
 * @returns the highest id of each kind that may have been assigned before
 * @throws {UnavailableError}
 */
export async function reserveIds(
  counters: Counters,
  highest: Readonly<Record<CounterName, number>>,
): Promise<Readonly<Record<CounterName, number>>> {
  const reserve = (name: CounterName) => (highest[name] === 0 ? 0 : counters.reserve(name, highest[name]));
  return { users: await reserve('users'), posts: await reserve('posts') };
}
