import { randomBytes } from 'node:crypto';
import type { Table } from '../lib/dynamodb/client.ts';
import { AWARE, formatDatetime } from '../lib/posts/datetime-format.ts';
import type { Account } from '../lib/users/account.ts';
import {
  createCounters,
  createNewRecords,
  createPasswords,
  createPostRepository,
  createUserRepository,
} from '../lib/wiring.ts';
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
  ['Hello, world', 'The list of posts requires a token.'],
  ['Tokens', 'A token is valid for 7 days and can be refreshed for 28 days.'],
  ['Yours next', 'Add a post with: npm run manage -- posts add'],
] as const;
const MINUTE_MS = 60_000;

/** The superuser of the local data, with its generated password as long as that is valid. */
export interface Admin {
  readonly account: Account;
  readonly password: string | undefined;
}

/** Reads the signing secret of a data folder. Creates a random one if there is none. */
export const readOrCreateSecret = (folder: DataFolder): Promise<string> =>
  readOrCreate(folder, SECRET_FILE, SECRET_BYTES);

/**
 * Adds the superuser `admin` with a random password, and three posts, to an empty table. If a run is interrupted, the next one
 * completes it. Does nothing if a run is complete, or if the table contains other data.
 *
 * @throws {UnavailableError}
 */
export async function firstRun(folder: DataFolder, table: Table): Promise<void> {
  const mark = await folder.read(MARK.file);
  if (mark === MARK.done) return;
  if (mark === MARK.begun || (await isTableEmpty(table.client, table.name))) {
    await folder.write(MARK.file, MARK.begun);
    await addPosts(table, await createAdmin(folder, table));
  }
  await folder.write(MARK.file, MARK.done);
}

/**
 * Finds the superuser, with its generated password as long as that is valid. The password is stored in the data folder, so that
 * each start can print a working login. It is as secret as the signing secret beside it.
 */
export async function findAdmin(folder: DataFolder, table: Table): Promise<Admin | undefined> {
  const credentials = await createUserRepository(table).findCredentials(ADMIN);
  if (credentials === undefined || !credentials.isActive) return undefined;
  const { password: hash, ...account } = credentials;
  const password = await folder.read(PASSWORD_FILE);
  if (password === undefined) return { account, password: undefined };
  if ((await createPasswords().verify(hash, password)) === 'match') return { account, password };
  await folder.remove(PASSWORD_FILE);
  return { account, password: undefined };
}

/** Creates the superuser if it is missing. Returns its id. */
async function createAdmin(folder: DataFolder, table: Table): Promise<number> {
  const users = createUserRepository(table);
  // Stored first: after an interruption, the next run reads the same password.
  const password = await readOrCreate(folder, PASSWORD_FILE, PASSWORD_BYTES);
  await createCounters(table).raise('users', ADMIN_ID);
  const account = await users.findAccount(ADMIN);
  if (account !== undefined) return account.id;
  await users.create({
    id: ADMIN_ID,
    username: ADMIN,
    email: 'admin@example.com',
    password: await createPasswords().hash(password),
    isActive: true,
    firstName: '',
    lastName: '',
    isStaff: true,
    isSuperuser: true,
    dateJoined: formatDatetime(new Date(), AWARE),
    lastLogin: null,
    groups: [],
    userPermissions: [],
  });
  return createNewRecords(table, Date.now).settleUserId(ADMIN, ADMIN_ID);
}

async function addPosts(table: Table, author: number): Promise<void> {
  const nowMs = Date.now();
  const posts = createPostRepository(table);
  await createCounters(table).raise('posts', DEMO_POSTS.length);
  for (const [index, [title, content]] of DEMO_POSTS.entries()) {
    const pk = index + 1;
    const at = formatDatetime(new Date(nowMs - (DEMO_POSTS.length - pk) * MINUTE_MS), AWARE);
    const dates = { createdAt: at, updatedAt: at, publishedAt: at };
    await posts.create({ pk, author, title, content, ...dates }, { isSample: true });
  }
}

/** Reads a file of random text. Creates it if it is missing or empty. */
async function readOrCreate(folder: DataFolder, name: string, bytes: number): Promise<string> {
  const stored = await folder.read(name);
  if (stored) return stored;
  const text = randomBytes(bytes).toString('base64url');
  await folder.write(name, text);
  return text;
}
