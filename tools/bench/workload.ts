import bcrypt from 'bcryptjs';
import * as v from 'valibot';
import type { Table } from '../../lib/dynamodb/client.ts';
import { createPasswords } from '../../lib/wiring.ts';
import { openSessions, storePosts, storeUsers } from '../harness/seed.ts';
import type { Work } from './measure.ts';

/** In the order of the measurements. Logins are last, because they evict the least recently used sessions. */
export const REQUESTS = ['verify', 'refresh', 'posts', 'obtain'] as const;
export const PAGE = 20;

const USERS = 200;
const SESSIONS_PER_USER = 10;
const POSTS = 100;
export const PASSWORD = 'Plus-Ultra-2019';
const BCRYPT_ROUNDS = 10;

/** Sends one request and returns the response. */
export type Ask = (request: {
  readonly name: (typeof REQUESTS)[number];
  readonly body?: unknown;
  readonly token?: string;
}) => Promise<{ readonly status: number; readonly body: unknown }>;

/** Functions that send one request of each kind. They throw if the response is wrong. */
export type Requests = Readonly<Record<(typeof REQUESTS)[number], Work>>;

export const users = Array.from({ length: USERS }, (_, index) => {
  const username = `user-${index}`;
  return { id: 1000 + index, username, email: `${username}@example.com` };
});

/** Stores posts, and users with sessions. Returns a token of each session. */
export async function seed(table: Table, hashing: 'argon2id' | 'bcrypt'): Promise<string[]> {
  await storePosts(table, POSTS);
  const password =
    hashing === 'bcrypt'
      ? await bcrypt.hash(PASSWORD, BCRYPT_ROUNDS)
      : await createPasswords().hash(PASSWORD);
  await storeUsers(table, users, password);
  const tokens: string[][] = [];
  for (const { username } of users) tokens.push(await openSessions(table, username, SESSIONS_PER_USER));
  return tokens.flat();
}

const usernameOf = (index: number) => `user-${index % USERS}`;
const tokenSchema = v.object({ token: v.string() });
const pageSchema = v.pipe(v.array(v.looseObject({ model: v.literal('blog.post') })), v.length(PAGE));

/** Creates the requests for a table with the data of {@link seed}. */
export function createRequests(ask: Ask, tokens: readonly string[]): Requests {
  const newest = [...tokens];
  let count = 0;
  // Users and sessions alternate, so that concurrent requests do not use the same one.
  const next = () => {
    count += 1;
    return count % newest.length;
  };
  const call = async (request: Parameters<Ask>[0]): Promise<unknown> => {
    const { status, body } = await ask(request);
    if (status !== 200) throw new Error(`${request.name} responded with ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  const tokenFor = async (request: Parameters<Ask>[0]) => v.parse(tokenSchema, await call(request)).token;
  return {
    verify: async () => {
      const token = newest[next()];
      if ((await tokenFor({ name: 'verify', body: { token } })) !== token)
        throw new Error('verify returned another token');
    },
    refresh: async () => {
      const index = next();
      newest[index] = await tokenFor({ name: 'refresh', body: { token: newest[index] } });
    },
    posts: async () => v.parse(pageSchema, await call({ name: 'posts', token: newest[next()] ?? '' })),
    obtain: () => tokenFor({ name: 'obtain', body: { username: usernameOf(next()), password: PASSWORD } }),
  };
}
