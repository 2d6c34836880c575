import { randomBytes } from 'node:crypto';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { PostRepository } from '../../lib/dynamodb/posts.ts';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import { Passwords } from '../../lib/passwords/passwords.ts';
import { DataFolder, localTableName } from '../../local/data-folder.ts';
import { type RunningServer, startServer } from '../harness/server.ts';
import { userOf } from '../harness/users.ts';
import type { Person } from './population.ts';
import type { Shelf } from './shelf.ts';

const PEOPLE = 300;
const FIRST_ID = 1000;
const SECRET_BYTES = 48;
/** What a first start stores. */
const DEMO_POSTS = [1, 2, 3];
const PROBE = new URL('heap-probe.ts', import.meta.url).href;

/** A service of its own, with people and posts that are known to the last byte. */
export interface LoadedServer {
  readonly server: RunningServer;
  readonly secret: string;
  readonly people: readonly Person[];
}

/** Starts a server whose memory can be read, on the embedded DynamoDB, and stores people and posts. */
export async function startLoadedServer(shelf: Shelf): Promise<LoadedServer> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const server = await startServer({
    env: { DYNAMODB_ENDPOINT: '', JWT_SECRET_KEY: secret, SESSIONS_PER_USER: '20' },
    probe: ['--expose-gc', '--import', PROBE],
  });
  try {
    return { server, secret, people: await store(server, shelf) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function store({ dataDir }: RunningServer, shelf: Shelf): Promise<Person[]> {
  const endpoint = (await new DataFolder(dataDir).readRunningStore())?.endpoint;
  const client = createDocumentClient({ region: 'local', endpoint });
  const table = { client, name: localTableName() };
  const [users, posts] = [new UserRepository(table), new PostRepository(table)];
  const password = randomBytes(15).toString('base64url');
  // One real hash for all: each login computes it all the same.
  const hash = await new Passwords().hash(password);
  const people = Array.from({ length: PEOPLE }, (_, index): Person => {
    const username = `person-${index}`;
    const email = `${username}@example.com`;
    return { id: FIRST_ID + index, username, email, password, sessions: [], isChanging: false };
  });
  for (const { id, username, email } of people) {
    await users.create(userOf({ id, username, email, password: hash }));
  }
  for (const pk of DEMO_POSTS) await posts.delete(pk);
  for (const post of shelf.stored) await posts.put(post);
  client.destroy();
  return people;
}
