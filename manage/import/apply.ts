import type { Counters } from '../../lib/dynamodb/counters.ts';
import type { UserIndex } from '../../lib/dynamodb/listings.ts';
import type { ImportReport } from './report.ts';

/**
 * Makes a change of the table, and returns its result. An import makes all its changes by this function.
 *
 * @param planned the result that a dry run returns instead, without the change
 */
export type Apply = <Result>(change: () => Promise<Result>, planned: Result) => Promise<Result>;

/** What the imports of users and posts share. */
export interface ImportParts {
  readonly apply: Apply;
  readonly counters: Counters;
  /** The ids and usernames of all users; the import of users keeps it up to date. */
  readonly index: UserIndex;
  readonly report: ImportReport;
}
