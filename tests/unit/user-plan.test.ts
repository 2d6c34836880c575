import { describe, expect, it } from 'vitest';
import { readRecord } from '../../lib/django/records.ts';
import type { UserIndex } from '../../lib/dynamodb/listings.ts';
import type { StoredUser } from '../../lib/dynamodb/user-item.ts';
import { ImportReport } from '../../manage/import/report.ts';
import { UserPlanner } from '../../manage/import/user-plan.ts';
import { userOf } from '../../tools/harness/users.ts';
import { userRecordOf } from '../support/imports.ts';

const IMPORTED = { record: 'digest', password: 'digest', isActive: true };

const recordOf = (pk: number, username: string) => {
  const read = readRecord({ kind: 'parsed', place: 1, value: userRecordOf(pk, username) });
  if (read.kind !== 'user') throw new Error('the record is not valid');
  return { ...read.record, pk };
};

/** Creates the planner of a table with these users, in the order of the listing. */
function plannerOf(...stored: readonly StoredUser[]) {
  const index: UserIndex = { ids: new Map(), usernames: new Map(), shared: new Map(), doubles: [] };
  for (const { user } of stored) {
    index.ids.set(user.username, user.id);
    index.usernames.set(user.id, user.username);
  }
  const byName = new Map(stored.map((one) => [one.user.username, one]));
  return { planner: new UserPlanner(index, new ImportReport()), byName };
}

const importedUser = (id: number, username: string): StoredUser => ({
  user: userOf({ id, username }),
  imported: IMPORTED,
});

describe('UserPlanner', () => {
  it('stores a user under the new username before another user takes over the old one', () => {
    const { planner, byName } = plannerOf(importedUser(5, 'b'), importedUser(3, 'e'), importedUser(4, 'c'));
    const { handedOver } = planner.plan([recordOf(2, 'b'), recordOf(4, 'e'), recordOf(5, 'c')], byName);
    expect(handedOver.map(({ user: { id, username } }) => [username, id])).toEqual([
      ['e', 4],
      ['c', 5],
      ['b', 2],
    ]);
  });

  it('plans users who swap usernames', () => {
    const { planner, byName } = plannerOf(importedUser(1, 'a'), importedUser(2, 'b'));
    const { handedOver } = planner.plan([recordOf(1, 'b'), recordOf(2, 'a')], byName);
    expect(handedOver.map(({ user: { id, username } }) => [username, id]).toSorted()).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });

  it('leaves a double alone that another import has imported, or to which it has assigned another id', () => {
    const { planner } = plannerOf(
      { user: userOf({ id: 7, username: 'imported' }), imported: undefined },
      { user: userOf({ id: 8, username: 'renumbered' }), imported: undefined },
      { user: userOf({ id: 9, username: 'double' }), imported: undefined },
    );
    const now = new Map<string, StoredUser>([
      ['imported', importedUser(7, 'imported')],
      ['renumbered', { user: userOf({ id: 80, username: 'renumbered' }), imported: undefined }],
      ['double', { user: userOf({ id: 9, username: 'double' }), imported: undefined }],
    ]);
    const { renumbered, ...others } = planner.planDoubles(now);
    expect(renumbered.map(({ user }) => user.username)).toEqual(['double']);
    expect(others).toEqual({ created: [], updated: [], handedOver: [], removed: [] });
  });
});
