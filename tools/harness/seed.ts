import type { Table } from '../../lib/dynamodb/client.ts';
import type { User } from '../../lib/users/user.ts';
import {
  createLoginRepository,
  createLoginSessions,
  createPostImports,
  createUserRepository,
} from '../../lib/wiring.ts';
import { RULES } from './service.ts';
import { userOf } from './users.ts';

const MINUTE_MS = 60_000;

/**
 * Creates sessions of a user, as by logins a minute ago. Returns their tokens. They are too old for a refresh to return
 * the same token.
 */
export async function openSessions(table: Table, username: string, count: number): Promise<string[]> {
  const users = createLoginRepository(table);
  const rules = { ...RULES, sessionsPerUser: Math.max(count, RULES.sessionsPerUser) };
  const at = Date.now() - MINUTE_MS;
  const logins = createLoginSessions({ settings: { tokens: rules, sessions: rules }, clock: () => at });
  const tokens: string[] = [];
  while (tokens.length < count) {
    const record = await users.findLogin(username);
    if (record === undefined) throw new Error(`the user ${username} does not exist`);
    const session = logins.begin({ label: 'bench', address: undefined });
    const change = { hash: undefined, knownNetworks: undefined };
    await users.openForLogin(record, session.planInsert(record), change);
    tokens.push(await session.issue(record));
  }
  return tokens;
}

/** Posts that are written at once. */
const BATCH = 100;

/** Stores published posts, each a minute after the one before. */
export async function storePosts(table: Table, count: number): Promise<void> {
  const first = Date.UTC(2019, 0, 1);
  const posts = Array.from({ length: count }, (_, index) => {
    const at = new Date(first + index * MINUTE_MS).toISOString();
    const dates = { createdAt: at, updatedAt: at, publishedAt: at };
    return { pk: index + 1, author: 1, title: `post ${index + 1}`, content: 'text '.repeat(40), ...dates };
  });
  const imports = createPostImports(table);
  for (let start = 0; start < count; start += BATCH) await imports.put(posts.slice(start, start + BATCH));
}

/** Stores users with the same password. */
export async function storeUsers(
  table: Table,
  accounts: readonly Pick<User, 'id' | 'username' | 'email'>[],
  hash: string,
): Promise<void> {
  const users = createUserRepository(table);
  for (const { id, username, email } of accounts) {
    await users.create(userOf({ id, username, email, password: hash }));
  }
}
