import { randomBytes } from 'node:crypto';
import type { Table } from '../lib/dynamodb/client.ts';
import { Counters } from '../lib/dynamodb/counters.ts';
import { settleUserId } from '../lib/dynamodb/new-records.ts';
import { PostRepository } from '../lib/dynamodb/posts.ts';
import { UserRepository } from '../lib/dynamodb/users.ts';
import { Passwords } from '../lib/passwords/passwords.ts';
import { datetimeOf } from '../lib/posts/datetime.ts';
import type { Account } from '../lib/users/account.ts';
import { isTableEmpty } from './create-table.ts';
import type { DataFolder } from './data-folder.ts';

export const ADMIN = 'admin';

const ADMIN_ID = 1;
const SECRET_BYTES = 48;
const PASSWORD_BYTES = 15;
const MARK = { file: 'first-run', begun: 'begun\n', done: 'done\n' };
const PASSWORD_FILE = 'admin-password';
const SECRET_FILE = 'secret';

const DEMO_POSTS = [
  ['Hello, world', 'The list of posts opens to whoever has a token.'],
  ['Tokens', 'A token lives seven days, and can be renewed for twenty-eight.'],
  ['Yours next', 'Add a post with: npm run manage -- posts add'],
] as const;
const MINUTE_MS = 60_000;

/** The superuser of the local data, and the password that was made for it while that is still its password. */
export interface Admin {
  readonly account: Account;
  readonly password: string | undefined;
}

/** The secret of this data folder: a random one, made the first time it is asked for. */
export const localSecret = (folder: DataFolder): Promise<string> => obtain(folder, SECRET_FILE, SECRET_BYTES);

/**
 * Fills an empty table: the superuser `admin` with a random password, and three posts. Wherever it is interrupted, the
 * next run completes it; once it is complete it never runs again, and it leaves a table with data in it alone.
 */
export async function firstRun(folder: DataFolder, table: Table, now = new Date()): Promise<void> {
  const mark = await folder.read(MARK.file);
  if (mark === MARK.done) return;
  if (mark === MARK.begun || (await isTableEmpty(table.client, table.name))) {
    await folder.write(MARK.file, MARK.begun);
    await addPosts(table, await createAdmin(folder, table, now), now);
  }
  await folder.write(MARK.file, MARK.done);
}

/**
 * Finds the superuser, with its first password as long as that opens it. The password is kept beside the data, for its
 * owner alone, so that each start can print lines that work: whoever can read this folder can sign tokens anyway.
 */
export async function findAdmin(folder: DataFolder, table: Table): Promise<Admin | undefined> {
  const credentials = await new UserRepository(table).findCredentials(ADMIN);
  if (credentials === undefined || !credentials.isActive) return undefined;
  const { password: hash, ...account } = credentials;
  const password = await folder.read(PASSWORD_FILE);
  if (password === undefined) return { account, password: undefined };
  if ((await new Passwords().verify(hash, password)) === 'match') return { account, password };
  await folder.remove(PASSWORD_FILE);
  return { account, password: undefined };
}

/** Creates the superuser if it is missing. Returns its id. */
async function createAdmin(folder: DataFolder, table: Table, now: Date): Promise<number> {
  const users = new UserRepository(table);
  // Kept first: an interruption after this finds the same password again.
  const password = await obtain(folder, PASSWORD_FILE, PASSWORD_BYTES);
  await new Counters(table).raise('users', ADMIN_ID);
  const account = await users.findAccount(ADMIN);
  if (account !== undefined) return account.id;
  await users.create({
    id: ADMIN_ID,
    username: ADMIN,
    email: 'admin@example.com',
    password: await new Passwords().hash(password),
    isActive: true,
    firstName: '',
    lastName: '',
    isStaff: true,
    isSuperuser: true,
    dateJoined: datetimeOf(now),
    lastLogin: null,
    groups: [],
    userPermissions: [],
  });
  return settleUserId(table, ADMIN, ADMIN_ID);
}

async function addPosts(table: Table, author: number, now: Date): Promise<void> {
  const posts = new PostRepository(table);
  await new Counters(table).raise('posts', DEMO_POSTS.length);
  for (const [index, [title, content]] of DEMO_POSTS.entries()) {
    const pk = index + 1;
    const at = datetimeOf(new Date(now.getTime() - (DEMO_POSTS.length - pk) * MINUTE_MS));
    const dates = { createdAt: at, updatedAt: at, publishedAt: at };
    await posts.create({ pk, author, title, content, ...dates }, { isSample: true });
  }
}

/** Reads a file of random text, or makes it. */
async function obtain(folder: DataFolder, name: string, bytes: number): Promise<string> {
  const kept = await folder.read(name);
  if (kept) return kept;
  const made = randomBytes(bytes).toString('base64url');
  await folder.write(name, made);
  return made;
}
