import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUserRepository } from '../../lib/wiring.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { importDumps, postRecordOf, userRecordOf } from '../support/imports.ts';

let table: TestTable;
beforeEach(async () => {
  table = await createTestTable();
});
afterEach(() => table.remove());

describe('a dry run with a user created here who gets another id', () => {
  beforeEach(() => createUserRepository(table).create(userOf({ id: 1, username: 'local' })));

  it('finds the user as the author of posts', async () => {
    const dump = [userRecordOf(1, 'deku'), postRecordOf(1, { author: ['local'] })];
    const { report: would, problems } = await importDumps(table, [dump], { dryRun: true });
    expect([would.hasProblems, problems]).toEqual([false, []]);
    expect((await importDumps(table, [dump])).report.hasProblems).toBe(false);
  });

  it('predicts the numbers of the import, also for records without pk', async () => {
    const dump = [userRecordOf(1, 'deku'), userRecordOf(null, 'local'), userRecordOf(null, 'new')];
    const { report: would } = await importDumps(table, [dump], { dryRun: true });
    const { report: did } = await importDumps(table, [dump]);
    expect(would.users).toEqual(did.users);
    expect([...would.newIds.keys()]).toEqual([...did.newIds.keys()]);
  });
});
