import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import fc, { type Scheduler } from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { allPosts, allUsers } from '../../lib/dynamodb/listings.ts';
import { createCounters, createNewRecords, createUserRepository } from '../../lib/wiring.ts';
import { load } from '../../manage/import/load.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { RUNS, TIME_MS } from '../support/arbitraries.ts';
import { sourceOf } from '../support/dumps.ts';
import { postOf } from '../support/posts.ts';
import { type Around, endingAt, ProcessEnded, SteppedProcess, tableUserOf } from '../support/table-calls.ts';

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.remove());

async function empty(): Promise<void> {
  const { client, name } = table;
  const { Items = [] } = await client.send(new ScanCommand({ TableName: name, ConsistentRead: true }));
  await Promise.all(Items.map(({ pk }) => client.send(new DeleteCommand({ TableName: name, Key: { pk } }))));
}

/** A command that creates a record. The number makes its name unique. */
type Kind = 'user' | 'post';
interface Command {
  readonly kind: Kind;
  readonly number: number;
}

const MOMENT = '2019-06-04T15:00:01';
const nameOf = ({ number }: Command) => `here-${number}`;
const recordOf = (kind: Kind, pk: number | null) =>
  kind === 'user'
    ? {
        model: 'auth.user',
        pk,
        fields: { username: `dump-${pk}`, password: '!', email: '', date_joined: MOMENT },
      }
    : {
        model: 'blog.post',
        pk,
        fields: {
          ...{ author: 1, title: `dump-${pk}`, content: '', published_at: MOMENT },
          ...{ created_at: MOMENT, updated_at: MOMENT },
        },
      };

/** Runs a command. `around` schedules its calls. */
async function run(command: Command, around: Around) {
  const user = tableUserOf(table, around);
  const name = nameOf(command);
  const { id: _, ...account } = userOf({ username: name });
  const { pk: __, ...post } = postOf({
    pk: 0,
    title: name,
    createdAt: `2026-01-01T00:00:00.${100 + command.number}Z`,
  });
  try {
    if (command.kind === 'user') await createNewRecords(user, Date.now).createUser(account);
    else await createNewRecords(user, Date.now).createPost(post);
  } finally {
    user.close();
  }
}

async function importDump(records: readonly unknown[], around: Around) {
  const user = tableUserOf(table, around);
  try {
    const problems: string[] = [];
    const sources = [sourceOf(JSON.stringify(records), [300])];
    await load({ table: user, sources, dryRun: false, onProblem: (line) => problems.push(line) });
    expect(problems).toEqual([]);
  } finally {
    user.close();
  }
}

/** Returns the ids and names of all users and posts. */
async function stored() {
  const users: [number, string][] = [];
  const posts: [number, string][] = [];
  for await (const { id, username } of allUsers(table)) users.push([id, username]);
  for await (const { pk, title } of allPosts(table)) posts.push([pk, title]);
  return { users, posts };
}

/** Asserts that every record of the dump and of the commands is stored exactly once, with a unique id. */
async function assertComplete(
  records: readonly ReturnType<typeof recordOf>[],
  commands: readonly Command[],
): Promise<void> {
  const there = await stored();
  for (const [kind, model] of [
    ['user', 'auth.user'],
    ['post', 'blog.post'],
  ] as const) {
    const found = there[`${kind}s`];
    const here = commands.filter((command) => command.kind === kind).map(nameOf);
    const dumped = records.filter((record) => record.model === model).map(({ pk }) => pk);
    const names = found.map(([, name]) => name);
    expect(names.toSorted()).toEqual([...here, ...dumped.map((pk) => `dump-${pk}`)].toSorted());
    for (const pk of dumped) if (pk !== null) expect(found).toContainEqual([pk, `dump-${pk}`]);
    const ids = found.map(([id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await createCounters(table).take(`${kind}s`)).toBeGreaterThan(Math.max(0, ...ids));
  }
}

const atOnce: Around = (call) => call();
/** Which of the calls a process is stopped after. The long tier stops it after every call. */
const STRIDE = RUNS < 1000 ? 5 : 1;
/** Returns whether an import was interrupted. */
async function hasEndedAt(running: Promise<void>): Promise<boolean> {
  try {
    await running;
    return false;
  } catch (error) {
    if (ProcessEnded.isCauseOf(error)) return true;
    throw error;
  }
}
const RECORDS = [recordOf('user', 1), recordOf('post', 1)];

it.each<Kind>(['user', 'post'])(
  'assigns no id twice if a command that creates a %s and an import are each stopped after any call',
  async (kind) => {
    const command = { kind, number: 0 };
    let isOver = false;
    for (let first = 0; !isOver; first += 1) {
      let isImported = false;
      for (let second = first % STRIDE; !isImported; second += STRIDE) {
        await empty();
        const creation = new SteppedProcess((around) => run(command, around));
        for (let calls = 0; calls < first; calls += 1) isOver = !(await creation.step());
        const running = new SteppedProcess((around) => importDump(RECORDS, around));
        for (let calls = 0; calls < second; calls += 1) isImported = !(await running.step());
        await creation.finish();
        await running.finish();
        await assertComplete(RECORDS, [command]);
      }
    }
  },
  TIME_MS,
);

it(
  'moves a post that was created here only once if an import is interrupted at any call and repeated',
  async () => {
    const commands: Command[] = [
      { kind: 'user', number: 0 },
      { kind: 'post', number: 1 },
    ];
    for (const [first, isLastMade] of [false, true].entries()) {
      let hasEnded = true;
      for (let calls = first % STRIDE; hasEnded; calls += STRIDE) {
        await empty();
        for (const command of commands) await run(command, atOnce);
        hasEnded = await hasEndedAt(importDump(RECORDS, endingAt(calls, isLastMade)));
        await importDump(RECORDS, atOnce);
        await assertComplete(RECORDS, commands);
      }
    }
  },
  TIME_MS,
);

it(
  'keeps the local hash of a user who passes the username on if an import is interrupted at any call and repeated',
  async () => {
    const dumped = (pk: number, username: string) => {
      const record = recordOf('user', pk);
      return { ...record, fields: { ...record.fields, username } };
    };
    const users = createUserRepository(table);
    for (const [first, isLastMade] of [false, true].entries()) {
      let hasEnded = true;
      for (let calls = first % STRIDE; hasEnded; calls += STRIDE) {
        await empty();
        await importDump([dumped(1, 'a'), dumped(2, 'b')], atOnce);
        await users.setPassword('b', 'changed here', 0);
        const renamed = [dumped(1, 'b'), dumped(2, 'c')];
        hasEnded = await hasEndedAt(importDump(renamed, endingAt(calls, isLastMade)));
        await importDump(renamed, atOnce);
        expect((await stored()).users).toEqual([
          [1, 'b'],
          [2, 'c'],
        ]);
        expect((await users.findCredentials('c'))?.password).toBe('changed here');
      }
    }
  },
  TIME_MS,
);

const anyPks = fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 5 });
const anyRecords = fc
  .tuple(anyPks, anyPks)
  .chain(([users, posts]) =>
    fc.shuffledSubarray(
      [...users.map((pk) => recordOf('user', pk)), ...posts.map((pk) => recordOf('post', pk))],
      { minLength: users.length + posts.length },
    ),
  );
const anyKinds = fc.array(fc.constantFrom<Kind>('user', 'post'), { maxLength: 3 });

const story = fc.record({
  dump: anyRecords,
  /** The number of records that were imported before. */
  earlier: fc.nat({ max: 3 }),
  hasPostWithoutPk: fc.boolean(),
  ending: fc.record({ calls: fc.nat({ max: 40 }), isLastMade: fc.boolean() }),
  before: anyKinds,
  meanwhile: anyKinds,
  afterwards: anyKinds,
  again: anyKinds,
  scheduler: fc.scheduler(),
});

/** Runs an import and commands concurrently. The scheduler determines the order of their calls. */
async function together(
  scheduler: Scheduler,
  runImport: (around: Around) => Promise<void>,
  commands: readonly Command[],
): Promise<void> {
  const inTurn: Around = async (call) => {
    await scheduler.schedule(Promise.resolve());
    await call();
  };
  const all = [runImport(inTurn), ...commands.map((command) => run(command, inTurn))];
  await scheduler.waitFor(Promise.allSettled(all));
  await Promise.all(all);
}

it(
  'loses no record and assigns no id twice if commands run at any time during an interrupted import',
  () =>
    fc.assert(
      fc.asyncProperty(story, async ({ dump, earlier, hasPostWithoutPk, ending, scheduler, ...kinds }) => {
        await empty();
        const commands: Command[] = [];
        const add = (these: readonly Kind[]): Command[] =>
          these.map((kind) => {
            const command = { kind, number: commands.length };
            commands.push(command);
            return command;
          });
        const records = [...dump, ...(hasPostWithoutPk ? [recordOf('post', null)] : [])];

        if (earlier > 0) await importDump(dump.slice(0, earlier), atOnce);
        for (const command of add(kinds.before)) await run(command, atOnce);
        const end = endingAt(ending.calls, ending.isLastMade);
        await together(
          scheduler,
          async (inTurn) => {
            try {
              await importDump(records, (call) => end(() => inTurn(call)));
            } catch (error) {
              if (!ProcessEnded.isCauseOf(error)) throw error;
            }
          },
          add(kinds.meanwhile),
        );
        for (const command of add(kinds.afterwards)) await run(command, atOnce);
        const between = await stored();
        for (const command of commands) {
          expect(between[`${command.kind}s`].map(([, name]) => name)).toContain(nameOf(command));
        }
        await together(scheduler, (inTurn) => importDump(records, inTurn), add(kinds.again));

        await assertComplete(records, commands);
      }),
      { numRuns: Math.ceil(RUNS / 160) },
    ),
  TIME_MS,
);
