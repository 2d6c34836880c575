import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { createPasswords, createPostRepository } from '../../lib/wiring.ts';
import { storeUsers } from '../harness/seed.ts';
import { type RunningServer, startServer } from '../harness/server.ts';
import { tableOf } from '../harness/server-table.ts';
import type { ExpectedPosts } from './expected-posts.ts';
import type { Person } from './population.ts';

const PEOPLE = 300;
const FIRST_ID = 1000;
const SECRET_BYTES = 48;
/** What a first start stores. */
const DEMO_POSTS = [1, 2, 3];
const PROBE = new URL('heap-probe.ts', import.meta.url).href;

const usageSchema = v.object({ heapUsed: v.number(), external: v.number(), rss: v.number() });

/** What the server holds after its garbage is collected, in megabytes. */
export interface Memory {
  /** Seconds since the load began. */
  readonly second: number;
  readonly heap: number;
  /** Bytes outside the heap that objects hold. */
  readonly external: number;
  /** All memory of the process. */
  readonly resident: number;
}

/** A service of its own, with people and posts that are known to the last byte. */
export interface LoadedServer {
  readonly server: RunningServer;
  readonly secret: string;
  readonly people: readonly Person[];
}

/** Starts a server whose memory can be read, on the embedded DynamoDB, and stores people and posts. */
export async function startLoadedServer(expectedPosts: ExpectedPosts): Promise<LoadedServer> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const server = await startServer({
    env: {
      DYNAMODB_ENDPOINT: '',
      JWT_SECRET_KEY: secret,
      SESSIONS_PER_USER: '20',
      REFRESH_REUSE_DETECTION: 'always',
    },
    probe: ['--expose-gc', '--import', PROBE],
  });
  try {
    return { server, secret, people: await store(server, expectedPosts) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function store(server: RunningServer, expectedPosts: ExpectedPosts): Promise<Person[]> {
  const table = await tableOf(server);
  const password = randomBytes(15).toString('base64url');
  const people = Array.from({ length: PEOPLE }, (_, index): Person => {
    const username = `person-${index}`;
    const email = `${username}@example.com`;
    return { id: FIRST_ID + index, username, email, password, sessions: [], isChanging: false };
  });
  // One hash for all users. Each login computes it all the same.
  await storeUsers(table, people, await createPasswords().hash(password));
  const posts = createPostRepository(table);
  for (const pk of DEMO_POSTS) await posts.delete(pk);
  for (const post of expectedPosts.stored) await posts.put(post);
  table.client.destroy();
  return people;
}

/** Reads what a server holds after its garbage is collected. @param second since the load began */
export async function readMemory(server: RunningServer, second: number): Promise<Memory> {
  const { heapUsed, external, rss } = v.parse(usageSchema, await server.ask('memory'));
  const [heap, outside, resident] = [heapUsed / 1e6, external / 1e6, rss / 1e6];
  return { second: Math.round(second), heap, external: outside, resident };
}
