import bcrypt from 'bcryptjs';
import * as v from 'valibot';
import type { Table } from '../../lib/dynamodb/client.ts';
import { createPasswords } from '../../lib/wiring.ts';
import { openSessions, storePosts, storeUsers } from '../harness/seed.ts';
import type { Work } from './measure.ts';

/** In the order that they are measured in: logins come last, since they end the sessions longest unused. */
export const REQUESTS = ['verify', 'refresh', 'posts', 'obtain'] as const;
export const PAGE = 20;

const USERS = 200;
const SESSIONS_PER_USER = 10;
const POSTS = 100;
const PASSWORD = 'Plus-Ultra-2019';
const BCRYPT_ROUNDS = 10;

/** Sends one request, and gives the answer. */
export type Ask = (request: {
  readonly name: (typeof REQUESTS)[number];
  readonly body?: unknown;
  readonly token?: string;
}) => Promise<{ readonly status: number; readonly body: unknown }>;

/** One request of each kind, again and again; each fails on an answer that is not the right one. */
export type Requests = Readonly<Record<(typeof REQUESTS)[number], Work>>;

/** Stores users with sessions, and posts; gives a token of each session. */
export async function seed(table: Table, hashing: 'argon2id' | 'bcrypt'): Promise<string[]> {
  await storePosts(table, POSTS);
  const password =
    hashing === 'bcrypt'
      ? await bcrypt.hash(PASSWORD, BCRYPT_ROUNDS)
      : await createPasswords().hash(PASSWORD);
  const users = Array.from({ length: USERS }, (_, index) => {
    const username = usernameOf(index);
    return { id: 1000 + index, username, email: `${username}@example.com` };
  });
  await storeUsers(table, users, password);
  const tokens: string[][] = [];
  for (const { username } of users) tokens.push(await openSessions(table, username, SESSIONS_PER_USER));
  return tokens.flat();
}

const usernameOf = (index: number) => `user-${index % USERS}`;
const tokenSchema = v.object({ token: v.string() });
const pageSchema = v.pipe(v.array(v.looseObject({ model: v.literal('blog.post') })), v.length(PAGE));

/** Makes the requests of a place that was seeded. */
export function createRequests(ask: Ask, tokens: readonly string[]): Requests {
  const newest = [...tokens];
  let count = 0;
  // Users and sessions in turns, so that no two requests at once are about the same one.
  const next = () => {
    count += 1;
    return count % newest.length;
  };
  const answer = async (request: Parameters<Ask>[0]): Promise<unknown> => {
    const { status, body } = await ask(request);
    if (status !== 200) throw new Error(`${request.name} is answered ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  const tokenFor = async (request: Parameters<Ask>[0]) => v.parse(tokenSchema, await answer(request)).token;
  return {
    verify: async () => {
      const token = newest[next()];
      if ((await tokenFor({ name: 'verify', body: { token } })) !== token) throw new Error('another token');
    },
    refresh: async () => {
      const index = next();
      newest[index] = await tokenFor({ name: 'refresh', body: { token: newest[index] } });
    },
    posts: async () => v.parse(pageSchema, await answer({ name: 'posts', token: newest[next()] ?? '' })),
    obtain: () => tokenFor({ name: 'obtain', body: { username: usernameOf(next()), password: PASSWORD } }),
  };
}
