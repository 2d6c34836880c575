import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allUsers } from '../../lib/dynamodb/listings.ts';
import { createUserRepository } from '../../lib/wiring.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { RUNS, TIME_MS } from '../support/arbitraries.ts';
import { importDumps, userRecordOf } from '../support/imports.ts';
import { endingAt, ProcessEnded, tableUserOf } from '../support/table-calls.ts';

const anyName = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const anyDump = fc.uniqueArray(fc.record({ pk: fc.integer({ min: 1, max: 5 }), name: anyName }), {
  selector: ({ name }) => name,
});
/** A dump as Django writes it: every id and every username occurs once. */
const djangoDump = anyDump.map((users) => [...new Map(users.map((user) => [user.pk, user])).values()]);
const recordsOf = (users: readonly { pk: number; name: string }[]) =>
  users.map(({ pk, name }) => userRecordOf(pk, name, { email: `${pk}@example.com` }));

/** Imports dumps until a number of calls was made. */
async function interrupted(table: TestTable, dumps: Parameters<typeof importDumps>[1], calls: number) {
  const ending = endingAt(calls, true);
  const made: Promise<unknown>[] = [];
  const user = tableUserOf(table, (call) => {
    const one = ending(call);
    made.push(one);
    return one;
  });
  try {
    await importDumps(user, dumps);
  } catch (error) {
    if (!ProcessEnded.isCauseOf(error)) throw error;
  } finally {
    // A client that is closed earlier repeats the calls that are not answered yet, which a process that has ended cannot.
    await Promise.allSettled(made);
    user.close();
  }
}

it(
  'renames, replaces and renumbers users as the dumps require, in any order, and a dry run predicts it',
  () =>
    fc.assert(
      fc.asyncProperty(
        djangoDump,
        fc.option(anyName, { nil: undefined }),
        fc.array(djangoDump, { minLength: 1, maxLength: 2 }),
        fc.option(fc.nat({ max: 25 }), { nil: undefined }),
        async (earlier, local, dumps, interruptedAfter) => {
          const table = await createTestTable();
          try {
            await importDumps(table, [recordsOf(earlier)]);
            const isLocal = local !== undefined && !earlier.some(({ name }) => name === local);
            if (isLocal) {
              const [free = 0] = [1, 2, 3, 4, 5].filter((id) => !earlier.some(({ pk }) => pk === id));
              await createUserRepository(table).create(userOf({ id: free, username: local }));
            }
            const records = dumps.map(recordsOf);
            const { report: would, problems } = await importDumps(table, records, { dryRun: true });
            if (interruptedAfter !== undefined) await interrupted(table, records, interruptedAfter);
            const { report: did, problems: same } = await importDumps(table, records);
            if (interruptedAfter === undefined) {
              expect(would.users).toEqual(did.users);
              expect([...would.renumbered.keys()]).toEqual([...did.renumbered.keys()]);
              expect(would.replacedAccounts).toEqual(did.replacedAccounts);
            }
            expect(problems).toEqual(same);

            const stored: { id: number; username: string; email: string }[] = [];
            for await (const { id, username, email } of allUsers(table)) stored.push({ id, username, email });
            expect(new Set(stored.map(({ id }) => id)).size).toBe(stored.length);
            if (problems.length > 0) return;
            const last = new Map(dumps.flat().map(({ pk, name }) => [pk, name]));
            for (const [id, username] of last) {
              expect(stored).toContainEqual({ id, username, email: `${id}@example.com` });
            }
            const names = stored.map(({ username }) => username);
            const isReplaced = dumps.flat().some(({ name }) => name === local);
            if (isLocal && !isReplaced) expect(names).toContain(local);
            const [dump = []] = records.slice(-1);
            expect((await importDumps(table, [dump])).report.users.unchanged).toBe(dump.length);
          } finally {
            await table.remove();
          }
        },
      ),
      { numRuns: Math.ceil(RUNS / 20) },
    ),
  TIME_MS,
);
