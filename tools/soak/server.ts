import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { createPasswords, createPostRepository } from '../../lib/wiring.ts';
import { storeUsers } from '../harness/seed.ts';
import { type RunningServer, startServer, tableOf } from '../harness/server.ts';
import type { ExpectedPosts } from './expected-posts.ts';
import type { Person } from './population.ts';

const PEOPLE = 300;
const FIRST_ID = 1000;
const SECRET_BYTES = 48;
const PROBE = new URL('heap-probe.ts', import.meta.url).href;

const usageSchema = v.object({ heapUsed: v.number(), external: v.number(), rss: v.number() });

/** The memory usage of the server after garbage collection, in megabytes. */
export interface Memory {
  /** Seconds since the start of the traffic. */
  readonly second: number;
  readonly heap: number;
  /** Memory outside of the heap that belongs to objects. */
  readonly external: number;
  /** The resident set size of the process. */
  readonly resident: number;
}

/** A server with known users and posts. */
export interface LoadedServer {
  readonly server: RunningServer;
  readonly secret: string;
  readonly people: readonly Person[];
}

/** Starts a server with a heap probe on the embedded DynamoDB, and stores users and posts. */
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
  // They replace the posts of the first start, which have the lowest pks.
  for (const post of expectedPosts.stored) await posts.put(post);
  table.client.destroy();
  return people;
}

/** Measures the memory of a server after garbage collection. @param second seconds since the start of the traffic */
export async function readMemory(server: RunningServer, second: number): Promise<Memory> {
  const { heapUsed, external, rss } = v.parse(usageSchema, await server.ask('memory'));
  const [heap, outside, resident] = [heapUsed / 1e6, external / 1e6, rss / 1e6];
  return { second: Math.round(second), heap, external: outside, resident };
}
