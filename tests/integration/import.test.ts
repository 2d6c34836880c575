import { createHash } from 'node:crypto';
import { PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { userRecord } from '../../lib/django/write-dump.ts';
import { allPosts, allUsers } from '../../lib/dynamodb/listings.ts';
import { fromSession } from '../../lib/dynamodb/session-item.ts';
import { serializePost } from '../../lib/posts/serialize.ts';
import type { Session } from '../../lib/sessions/session.ts';
import {
  createCounters,
  createNewRecords,
  createPostRepository,
  createSessionRepository,
  createUserRepository,
} from '../../lib/wiring.ts';
import { load } from '../../manage/import/load.ts';
import { createService } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { dumpOf } from '../support/dumps.ts';
import { plainPasswords } from '../support/plain-passwords.ts';
import { postOf } from '../support/posts.ts';

const HASH = 'pbkdf2_sha256$1$salt$hash';

let table: TestTable;
beforeEach(async () => {
  table = await createTestTable();
});
afterEach(() => table.remove());

type Fields = Record<string, unknown>;
const user = (pk: number | null, username: string, fields: Fields = {}) => ({
  model: 'auth.user',
  ...(pk === null ? {} : { pk }),
  fields: { username, password: HASH, email: '', date_joined: '2019-06-04T15:00:01', ...fields },
});
const post = (pk: number | null, fields: Fields = {}) => ({
  model: 'blog.post',
  pk,
  fields: {
    author: 1,
    title: 't',
    content: 'c',
    created_at: '2019-06-04T15:43:29.899',
    updated_at: '2019-06-04T15:43:29',
    published_at: '2019-06-04T15:43:28',
    ...fields,
  },
});

async function* bytes(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(text);
  for (let start = 0; start < all.length; start += size) yield all.subarray(start, start + size);
}

async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** Imports one dump, given as records or as text. */
async function importDump(dump: unknown[] | string, { dryRun = false } = {}) {
  const problems: string[] = [];
  const text = typeof dump === 'string' ? dump : JSON.stringify(dump);
  const source = { name: 'dump.json', open: () => bytes(text) };
  const report = await load({ table, sources: [source], dryRun, onProblem: (line) => problems.push(line) });
  return { report, problems };
}

const users = async () => (await collect(allUsers(table))).map(({ id, username }) => [id, username]);
const pks = async () => (await collect(allPosts(table))).map(({ pk }) => pk);
/** Returns all items of the table. */
const snapshot = async () =>
  (await table.client.send(new ScanCommand({ TableName: table.name, ConsistentRead: true }))).Items;
const accountOf = (name: string) => createUserRepository(table).findAccount(name);
const sessionOf = (): Session => ({
  ...{ generation: 0, createdAt: 0, refreshedAt: 0, refreshableUntil: 1 },
  current: { expiresAt: 1, claims: { email: '' }, nonce: 'nonce' },
  ...{ previous: undefined, idempotencyKey: undefined, isOptedIn: false },
  ...{ label: undefined, address: undefined },
});
const hashOf = async (name: string) => (await createUserRepository(table).findCredentials(name))?.password;

describe('repeated import', () => {
  it('changes nothing if the dump is unchanged, including a hash that a login replaced', async () => {
    await importDump([user(1, 'deku'), post(1)]);
    await createUserRepository(table).setPassword('deku', 'upgraded', 0);
    const { report } = await importDump([user(1, 'deku'), post(1)]);
    expect(report.users).toMatchObject({ created: 0, updated: 0, unchanged: 1 });
    expect(report.posts).toMatchObject({ created: 0, updated: 0, unchanged: 1 });
    expect(await hashOf('deku')).toBe('upgraded');
  });

  it('updates a changed profile, and the hash only if it changed in the dump', async () => {
    await importDump([user(1, 'deku')]);
    await createUserRepository(table).setPassword('deku', 'upgraded', 0);
    await importDump([user(1, 'deku', { email: 'new@example.com', is_active: false })]);
    expect(await createUserRepository(table).findCredentials('deku')).toMatchObject({
      email: 'new@example.com',
      isActive: false,
      password: 'upgraded',
    });
    await importDump([user(1, 'deku', { password: 'pbkdf2_sha256$1$salt$other' })]);
    expect(await hashOf('deku')).toBe('pbkdf2_sha256$1$salt$other');
  });

  it('keeps an account disabled that was disabled here until is_active changes in the dump', async () => {
    await importDump([user(1, 'deku')]);
    await createUserRepository(table).disable('deku', 0);
    await importDump([user(1, 'deku', { email: 'new@example.com' })]);
    expect(await accountOf('deku')).toMatchObject({ email: 'new@example.com', isActive: false });
    await importDump([user(1, 'izuku')]);
    expect(await accountOf('izuku')).toMatchObject({ isActive: false });
    await importDump([user(1, 'izuku', { is_active: false })]);
    await importDump([user(1, 'izuku', { is_active: true })]);
    expect(await accountOf('izuku')).toMatchObject({ isActive: true });
  });

  it('ends the sessions of an account if it disables it or changes the hash, but not if it changes the profile', async () => {
    const open = async () => {
      await table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: { pk: 'USER#deku' },
          UpdateExpression: 'SET sessions = :one REMOVE ended_up_to',
          ExpressionAttributeValues: { ':one': { phone: fromSession(sessionOf()) } },
        }),
      );
    };
    const held = async () => {
      const found = await createSessionRepository(table).findAccountSessions('deku');
      return [found?.sessions.size, found?.revoked.before];
    };
    await importDump([user(1, 'deku')]);
    await open();
    await importDump([user(1, 'deku', { email: 'new@example.com' })]);
    expect(await held()).toEqual([1, undefined]);
    await importDump([user(1, 'deku', { password: 'pbkdf2_sha256$1$salt$other' })]);
    expect(await held()).toEqual([0, undefined]);
    await open();
    await importDump([user(1, 'deku', { is_active: false })]);
    expect(await held()).toEqual([0, expect.any(Number)]);
  });

  it('renames a user and keeps a hash that a login replaced', async () => {
    await importDump([user(1, 'izuku')]);
    await createUserRepository(table).setPassword('izuku', 'upgraded', 0);
    const { report } = await importDump([user(1, 'deku')]);
    expect(report.users).toMatchObject({ created: 0, renamed: 1 });
    expect(await users()).toEqual([[1, 'deku']]);
    expect(await hashOf('deku')).toBe('upgraded');
  });

  it('completes the renames of an interrupted import', async () => {
    const ids = [1, 2, 3, 4, 5, 6];
    await importDump(ids.map((id) => user(id, `old-${id}`)));
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
    const renamed = ids.map((id) => user(id, `new-${id}`));
    await importDump(renamed);
    // It was interrupted after it created the new items and before it removed the old ones.
    const old = Items.filter(({ pk }) => String(pk).startsWith('USER#old'));
    for (const Item of old) await table.client.send(new PutCommand({ TableName: table.name, Item }));
    const { report } = await importDump(renamed);
    expect(await users()).toEqual(ids.map((id) => [id, `new-${id}`]));
    expect(report.lines().filter((line) => line.includes('created here'))).toEqual([]);
  });

  it.each(['first', 'last'])(
    'assigns a username that an interrupted rename left behind to its new user, whose record is %s',
    async (order) => {
      const ids = [1, 2, 3, 4, 5, 6];
      await importDump(ids.map((id) => user(id, `old-${id}`)));
      const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
      await importDump(ids.map((id) => user(id, `new-${id}`)));
      const old = Items.filter(({ pk }) => String(pk).startsWith('USER#old'));
      for (const Item of old) await table.client.send(new PutCommand({ TableName: table.name, Item }));
      const dump = ids.flatMap((id) => [user(id, `new-${id}`), user(10 + id, `old-${id}`)]);
      await importDump(order === 'first' ? dump : dump.toReversed());
      expect(await users()).toEqual([
        ...ids.map((id) => [id, `new-${id}`]),
        ...ids.map((id) => [10 + id, `old-${id}`]),
      ]);
    },
  );

  it('renames two users who swapped their usernames', async () => {
    await importDump([user(1, 'a', { email: 'one@x' }), user(2, 'b', { email: 'two@x' })]);
    await importDump([user(1, 'b', { email: 'one@x' }), user(2, 'a', { email: 'two@x' })]);
    expect(await users()).toEqual([
      [1, 'b'],
      [2, 'a'],
    ]);
    expect(await createUserRepository(table).findAccount('a')).toMatchObject({ email: 'two@x' });
  });

  describe.each([
    ['swapped', [user(1, 'b'), user(2, 'a')], { 1: 'b', 2: 'a' }],
    ['swapped, in reverse order', [user(2, 'a'), user(1, 'b')], { 1: 'b', 2: 'a' }],
    ['passed on', [user(1, 'b'), user(2, 'c')], { 1: 'b', 2: 'c' }],
    ['passed on, in reverse order', [user(2, 'c'), user(1, 'b')], { 1: 'b', 2: 'c' }],
    ['released by a user', [user(1, 'b')], { 1: 'b' }],
  ] satisfies [string, unknown[], Record<number, string>][])('with usernames %s', (_, dump, names) => {
    it.each([1, 2])('keeps the local hash and state of user %i with that user', async (id) => {
      await importDump([user(1, 'a'), user(2, 'b')]);
      const before = id === 1 ? 'a' : 'b';
      await createUserRepository(table).disable(before, 0);
      await createUserRepository(table).setPassword(before, 'changed here', 0);
      await importDump(dump);
      const found = await Promise.all(
        Object.values(names).map(async (name) => {
          const account = await accountOf(name);
          return [account?.id, account?.isActive, (await hashOf(name)) === 'changed here'];
        }),
      );
      expect(found).toEqual(Object.keys(names).map((of) => [+of, +of !== id, +of === id]));
      expect((await users()).length).toBe(dump.length);
    });
  });

  it('does not pass data of the previous user of a username on to a new user', async () => {
    await importDump([user(2, 'b')]);
    await createUserRepository(table).disable('b', 0);
    await importDump([user(9, 'b')]);
    expect(await accountOf('b')).toMatchObject({ id: 9, isActive: true });
  });

  it('does not pass known networks and failed logins of the previous user of a username on', async () => {
    await importDump([user(1, 'a'), user(2, 'b')]);
    const service = createService(table, { passwords: plainPasswords });
    const logIn = (username: string, password: string) => service.post('obtain', { username, password });
    for (const username of ['a', 'b']) {
      expect((await logIn(username, HASH)).status).toBe(200);
      expect((await logIn(username, 'wrong')).status).toBe(400);
    }
    await importDump([user(2, 'a'), user(9, 'c')]);
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
    const digests = ['a', 'b'].map((username) => createHash('sha256').update(username).digest('base64url'));
    expect(Items.find(({ pk }) => pk === 'USER#a')).toMatchObject({ user_id: 2 });
    expect(Items.find(({ pk }) => pk === 'USER#a')).not.toHaveProperty('places');
    for (const digest of digests) {
      expect(Items.map(({ pk }) => pk)).not.toContain(`FAILURES#USERNAME#${digest}`);
    }
  });

  it('changes the id of an account that was created here if a record has the same id', async () => {
    await createUserRepository(table).create(userOf({ id: 1, username: 'admin', password: 'mine' }));
    const { report } = await importDump([user(1, 'deku'), user(7, 'ochaco')]);
    expect(report.renumbered).toEqual(new Map([['admin', 8]]));
    expect(await users()).toEqual([
      [1, 'deku'],
      [7, 'ochaco'],
      [8, 'admin'],
    ]);
    expect(await hashOf('admin')).toBe('mine');
    expect(await createCounters(table).take('users')).toBe(9);
  });

  it('names the accounts that were created here and whose username a record has', async () => {
    const accounts = createUserRepository(table);
    await accounts.create(userOf({ id: 1, username: 'admin', password: 'mine' }));
    await accounts.create(userOf({ id: 2, username: 'zed', password: 'mine' }));
    const records = [user(1, 'deku'), user(7, 'admin'), user(8, 'ochaco')];
    for (const dryRun of [true, false]) {
      const { report } = await importDump(records, { dryRun });
      expect([...report.replacedAccounts]).toEqual(['admin']);
      expect(report.renumbered.size).toBe(0);
      expect(report.lines()).toContain(
        'Accounts created here, replaced by users of the dump with the same username: admin. They have the passwords of the dump.',
      );
    }
    const { report } = await importDump(JSON.parse(await dumpOf(table)));
    expect([...report.replacedAccounts]).toEqual([]);
    expect((await importDump(records)).report.replacedAccounts.size).toBe(0);
  });

  it('states the time zone of naive datetimes only if it imported one', async () => {
    const timeZoneOf = (lines: string[]) => lines.filter((line) => line.includes('are read as'));
    expect(timeZoneOf((await importDump([])).report.lines())).toEqual([]);
    expect(timeZoneOf((await importDump([user(1, 'deku')])).report.lines())).toHaveLength(1);
    // The table now has the format of that import.
    expect(timeZoneOf((await importDump([user(2, '')])).report.lines())).toEqual([]);
  });

  it('replaces a post with the same pk, and continues the counter after the highest pk', async () => {
    await importDump([post(5)]);
    const { report } = await importDump([post(5, { title: 'new' })]);
    expect(report.posts).toMatchObject({ created: 0, updated: 1 });
    expect((await createPostRepository(table).find(5))?.title).toBe('new');
    expect(await createCounters(table).take('posts')).toBe(6);
  });
});

describe('ids in a dump', () => {
  it('are reserved before any write, including those of the last dump', async () => {
    let opened = 0;
    async function* failing() {
      opened += 1;
      yield* bytes(JSON.stringify([user(7, 'deku'), post(9)]));
      if (opened === 2) throw new Error('the disk is gone');
    }
    const last = { name: 'b.json', open: () => bytes(JSON.stringify([post(12), user(70, 'ochaco')])) };
    const sources = [{ name: 'a.json', open: failing }, last];
    await expect(load({ table, sources, dryRun: false, onProblem: () => {} })).rejects.toThrow('disk');
    expect(await users()).toEqual([[7, 'deku']]);
    const { id: _, ...account } = userOf({ username: 'admin' });
    expect(await createNewRecords(table, Date.now).createUser(account)).toBe(71);
    const { pk: __, ...draft } = postOf({ pk: 0 });
    expect(await createNewRecords(table, Date.now).createPost(draft)).toBe(13);
  });

  it('are not reserved by rejected records', async () => {
    await importDump([user(-1, 'x'), post(50, { title: 5 }), user(60, ''), post(2 ** 53)]);
    expect(await createCounters(table).take('users')).toBe(1);
    expect(await createCounters(table).take('posts')).toBe(1);
  });

  it('stay with the imported user if another user has the same id', async () => {
    await importDump([user(1, 'deku'), user(2, 'ochaco')]);
    for (const username of ['admin', 'zed'])
      await createUserRepository(table).create(userOf({ id: 1, username }));
    const { report } = await importDump([user(1, 'deku'), user(2, 'ochaco')]);
    expect([...report.renumbered.keys()].toSorted()).toEqual(['admin', 'zed']);
    const ids = new Map((await users()).map(([id, name]) => [name, id]));
    expect(ids.get('deku')).toBe(1);
    expect([ids.get('admin'), ids.get('zed')].toSorted()).toEqual([3, 4]);
  });
});

describe('post that was created here', () => {
  const draft = { ...postOf({ pk: 1 }), title: 'here', createdAt: '2026-01-01T00:00:00.123Z' };
  const posts = async () => (await collect(allPosts(table))).map(({ pk, title }) => [pk, title]);

  it('gets another pk if a record has the same pk, and the summary reports it', async () => {
    await createNewRecords(table, Date.now).createPost(draft);
    const dump = [post(1, { title: 'dumped' }), post(3)];
    const { report: would } = await importDump(dump, { dryRun: true });
    expect(await posts()).toEqual([[1, 'here']]);
    const { report } = await importDump(dump);
    expect(await posts()).toEqual([
      [1, 'dumped'],
      [3, 't'],
      [4, 'here'],
    ]);
    expect(await createPostRepository(table).find(4)).toEqual({ ...draft, pk: 4 });
    expect(would.posts).toEqual(report.posts);
    expect(report.posts).toMatchObject({ created: 2, updated: 0 });
    expect(would.lines()).toContain(
      'The post 1, created here, gets another pk, because the dump has a post with its pk.',
    );
    expect(report.lines()).toContain(
      'The post 1, created here, gets the pk 4, because the dump has a post with its pk.',
    );
    const { report: again } = await importDump(dump);
    expect(again.posts).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
    expect((await posts()).length).toBe(3);
  });

  it('is still treated as created here after a change', async () => {
    const repository = createPostRepository(table);
    await createNewRecords(table, Date.now).createPost(draft);
    const changed = { ...draft, publishedAt: null, updatedAt: '2026-01-02T00:00:00Z' };
    expect(await repository.update(draft, changed)).toBe(true);
    expect((await repository.page(undefined, 10)).posts).toEqual([]);
    await importDump([post(1)]);
    expect(await repository.find(2)).toMatchObject({ title: 'here', publishedAt: null });
    // The record now has the old pk. It must not be mistaken for the post.
    expect(await repository.update(changed, { ...changed, title: 'changed' })).toBe(false);
    expect(await repository.find(1)).toMatchObject({ title: 't' });
  });

  it('is recognized as the same record in a dump of this service', async () => {
    await createUserRepository(table).create(userOf({ id: draft.author }));
    await createNewRecords(table, Date.now).createPost({ ...draft, createdAt: '2026-01-01T00:00:00.000Z' });
    const [author, dumped] = JSON.parse(await dumpOf(table));
    const edited = { title: 'changed in Django', created_at: '2026-01-01T00:00:00Z' };
    await importDump([author, { ...dumped, fields: { ...dumped.fields, ...edited } }]);
    expect(await posts()).toEqual([[1, 'changed in Django']]);
  });

  it('gets an unused pk even if the counter is behind the stored posts', async () => {
    await createNewRecords(table, Date.now).createPost(draft);
    for (const pk of [2, 3]) await createPostRepository(table).put(postOf({ pk, title: 'older' }));
    await importDump([post(1)]);
    expect(await posts()).toEqual([
      [1, 't'],
      [2, 'older'],
      [3, 'older'],
      [4, 'here'],
    ]);
    for (const pk of [5, 6]) await createPostRepository(table).put(postOf({ pk, title: 'older' }));
    expect(await createNewRecords(table, Date.now).createPost(draft)).toBe(7);
    await createPostRepository(table).put(postOf({ pk: 8, title: 'older' }));
    await importDump([post(null)]);
    expect((await posts()).at(-1)).toEqual([9, 't']);
  });

  it('is replaced if it is a sample', async () => {
    await createPostRepository(table).create(draft, { isSample: true });
    const { report } = await importDump([post(1)]);
    expect(await posts()).toEqual([[1, 't']]);
    const line = 'Demo posts of npm start, replaced by posts of the dump: 1.';
    expect(report.lines()).toContain(line);
    expect((await importDump([post(1, { title: 'changed' })])).report.lines()).not.toContain(line);
  });
});

describe('records without a pk', () => {
  it('get unique numbers that stay the same in later imports', async () => {
    const dump = [post(null), post(null), post(null, { title: 'other' }), user(1, 'deku'), post(1), post(2)];
    await importDump(dump);
    expect(await pks()).toEqual([1, 2, 3, 4, 5]);
    const { report } = await importDump(dump);
    expect(report.posts).toMatchObject({ created: 0, updated: 0, unchanged: 5 });
    expect(await pks()).toEqual([1, 2, 3, 4, 5]);
  });

  it('keep the id of the username if they are users exported with natural keys', async () => {
    const dump = [user(null, 'deku'), user(3, 'ochaco'), post(1, { author: ['ochaco'] })];
    await importDump(dump);
    expect(await users()).toEqual([
      [3, 'ochaco'],
      [4, 'deku'],
    ]);
    expect((await createPostRepository(table).find(1))?.author).toBe(3);
    expect((await importDump(dump)).report.users).toMatchObject({ unchanged: 2 });
  });
});

describe('invalid records', () => {
  it('are reported by position and problem, without values, and the others are imported', async () => {
    const { report, problems } = await importDump([
      user(1, 'deku'),
      user(2, 'canary', { password: 5, date_joined: 'canary' }),
      { nonsense: true },
      user(-1, 'x'),
      user(3, ''),
      user(4, '\ud800'),
      post(1, { published_at: '2019-02-30T00:00:00' }),
      post(2, { author: ['unknown'] }),
      post(3, { content: 'x'.repeat(400_000) }),
      post(4),
      post(2 ** 53 - 1),
    ]);
    expect(problems).toEqual([
      'dump.json, record 2 (auth.user): fields.password is not a string; fields.date_joined is not a date and time',
      'dump.json, record 3: it has no model',
      'dump.json, record 4 (auth.user): pk is less than 1',
      'dump.json, record 5 (auth.user): fields.username is empty',
      'dump.json, record 6 (auth.user): fields.username contains an unpaired surrogate',
      'dump.json, record 7 (blog.post): fields.published_at is not a date and time',
      // A counter could not continue from there.
      'dump.json, record 11 (blog.post): pk is more than 4503599627370496',
      // Known once all users are imported.
      'dump.json, record 8 (blog.post): no user has the name in fields.author',
      'dump.json, record 9 (blog.post): it is larger than an item may be, 400 KB',
    ]);
    expect(report).toMatchObject({
      users: { created: 1, invalid: 4 },
      posts: { created: 1, invalid: 4 },
      broken: 1,
    });
    expect(report.hasProblems).toBe(true);
    expect(await users()).toEqual([[1, 'deku']]);
  });

  it('do not include records of other models, which are only counted', async () => {
    const other = { model: 'auth.group', pk: 1, fields: {} };
    const { report, problems } = await importDump([other, other, { model: 'sessions.session', pk: 'x' }]);
    expect(problems).toEqual([]);
    expect(report.hasProblems).toBe(false);
    expect(report.lines().at(-1)).toBe('Ignored models: auth.group (2), sessions.session (1)');
  });

  it('do not prevent the import of the records before a JSON syntax error', async () => {
    const text = JSON.stringify([user(1, 'deku'), user(2, 'ochaco')]);
    const { report, problems } = await importDump(text.slice(0, -20));
    expect(await users()).toEqual([[1, 'deku']]);
    expect(problems).toEqual(['dump.json, after record 1: The JSON is broken or ends too early (line 1).']);
    expect(report.hasProblems).toBe(true);
  });

  it.each(['', '{"a": 1}', '5', '"x"', 'nonsense', '[1'])(
    'include a file that is not a dump: %j',
    async (text) => {
      const { report, problems } = await importDump(text);
      expect(problems).not.toEqual([]);
      expect(report.hasProblems).toBe(true);
    },
  );

  it('include missing authors, which are reported at the end', async () => {
    const { report } = await importDump([
      post(1, { author: 9 }),
      post(2, { author: 9 }),
      user(1, 'deku'),
      post(3),
    ]);
    expect(report.missingAuthors).toEqual(new Map([[9, 2]]));
    expect(await pks()).toEqual([1, 2, 3]);
  });
});

describe('dry run', () => {
  it('reports the same counts as an import, and writes nothing', async () => {
    await importDump([user(1, 'izuku'), post(1)]);
    const before = await snapshot();
    const dump = [
      user(1, 'deku'),
      user(2, 'new'),
      user(null, 'numberless'),
      post(1, { title: 'n' }),
      post(null),
    ];
    const { report: would } = await importDump(dump, { dryRun: true });
    expect(await snapshot()).toEqual(before);
    expect(await users()).toEqual([[1, 'izuku']]);
    const { report: did } = await importDump(dump);
    expect([would.users, would.posts]).toEqual([did.users, did.posts]);
  });

  it('counts a user that is renamed within the dump as an import does', async () => {
    const dump = [user(1, 'izuku'), user(2, 'ochaco'), user(1, 'deku')];
    const { report: would } = await importDump(dump, { dryRun: true });
    expect(await users()).toEqual([]);
    const { report: did } = await importDump(dump);
    expect(would.users).toEqual(did.users);
    expect(did.users).toMatchObject({ created: 2, renamed: 1 });
  });
});

describe('dump after an import', () => {
  it('equals the imported dump, with hashes in Django notation', async () => {
    const dump = [
      user(1, 'deku', { groups: [1, ['staff']], last_login: '2020-01-01T00:00:00.123Z' }),
      user(2, '데쿠', { first_name: 'ㄷ' }),
    ];
    await importDump([...dump, post(1), post(2, { published_at: null, content: '\u2028"\\' })]);
    await createUserRepository(table).setPassword('데쿠', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 0);
    const again = (await collect(allUsers(table))).map((one) => userRecord(one));
    expect(again[0]?.fields).toMatchObject(dump[0]?.fields ?? {});
    expect(again[1]?.fields.password).toBe('argon2$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA');
    const posts = (await collect(allPosts(table))).map(serializePost);
    expect(posts).toEqual([post(1), post(2, { published_at: null, content: '\u2028"\\' })]);
  });
});
