import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCounters, createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { DataFolder } from '../../local/data-folder.ts';
import { findAdmin, firstRun, readOrCreateSecret } from '../../local/first-run.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { storedUser, userOf } from '../../tools/harness/users.ts';
import { postOf } from '../support/posts.ts';

let path: string;
let folder: DataFolder;
let table: TestTable;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'latchkey-first-'));
  folder = new DataFolder(path);
  table = await createTestTable();
});
afterEach(async () => {
  await table.remove();
  await rm(path, { recursive: true, force: true });
});

/** Lets so many calls reach the table during a piece of work, and fails the next. */
async function failAfter(calls: number, work: () => Promise<unknown>): Promise<boolean> {
  let left = calls;
  const interrupt = () => {
    left -= 1;
    if (left < 0) throw new Error('interrupted');
  };
  const options = { step: 'initialize', name: 'interrupt' } as const;
  // Batches, and the calls for one item.
  const stacks = [table.client.middlewareStack, table.client.items.middlewareStack] as const;
  stacks[0].add(
    (next) => (input) => {
      interrupt();
      return next(input);
    },
    options,
  );
  stacks[1].add(
    (next) => (input) => {
      interrupt();
      return next(input);
    },
    options,
  );
  try {
    await work();
    return false;
  } catch {
    return true;
  } finally {
    for (const stack of stacks) stack.remove(options.name);
  }
}

const listed = async () => {
  const { posts } = await createPostRepository(table).page(undefined, 10);
  return posts.map(({ pk }) => pk);
};

it('firstRun creates the superuser, three posts and their counters', async () => {
  await firstRun(folder, table);
  const admin = await findAdmin(folder, table);
  expect(admin).toMatchObject({ account: { id: 1, username: 'admin', isActive: true } });
  expect(admin?.password).toMatch(/^[\w-]{20}$/);
  expect(await storedUser(table, 'admin')).toMatchObject({
    isStaff: true,
    isSuperuser: true,
  });
  expect(await listed()).toEqual([3, 2, 1]);
  expect(await createCounters(table).take('users')).toBe(2);
  expect(await createCounters(table).take('posts')).toBe(4);
});

it('firstRun completes a run that was interrupted after any call', async () => {
  for (let calls = 0; await failAfter(calls, () => firstRun(folder, table)); calls += 1) {
    expect(calls).toBeLessThan(100);
  }
  expect(await findAdmin(folder, table)).toMatchObject({
    account: { id: 1 },
    password: expect.any(String),
  });
  expect(await listed()).toEqual([3, 2, 1]);
  expect(await createCounters(table).take('users')).toBe(2);
});

it('firstRun uses another id for the superuser and replaces no post if an import ran before', async () => {
  const counters = createCounters(table);
  await folder.write('first-run', 'begun\n');
  await counters.reserve('users', 5);
  await counters.reserve('posts', 2);
  const posts = createPostRepository(table);
  await posts.put(postOf({ pk: 2, title: 'imported' }));
  await firstRun(folder, table);
  expect(await findAdmin(folder, table)).toMatchObject({ account: { id: 6 } });
  expect(await posts.find(2)).toMatchObject({ title: 'imported' });
  expect(await posts.find(1)).toMatchObject({ author: 6 });
});

it('firstRun does not restore deleted posts', async () => {
  await firstRun(folder, table);
  await createPostRepository(table).delete(2);
  await firstRun(folder, table);
  expect(await listed()).toEqual([3, 1]);
});

it('firstRun does not change a table that contains data', async () => {
  await createUserRepository(table).create(userOf({ id: 1, username: 'deku' }));
  await firstRun(folder, table);
  expect(await findAdmin(folder, table)).toBeUndefined();
  expect(await listed()).toEqual([]);
});

it('keeps one secret, long enough for every algorithm', async () => {
  const secret = await readOrCreateSecret(folder);
  expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(64);
  expect(await readOrCreateSecret(folder)).toBe(secret);
});
