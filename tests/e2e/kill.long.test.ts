import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Post } from '../../lib/posts/post.ts';
import { createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { type RunningServer, startServer, tableOf } from '../../tools/harness/server.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { cheapHash, storedUser, userOf } from '../../tools/harness/users.ts';
import { AcknowledgedWrites } from '../support/acknowledged-writes.ts';
import { postOf } from '../support/posts.ts';
import { ServiceClient, UnexpectedResponseError } from '../support/service-client.ts';

const KILLS = 10;
/** The number of acknowledged writes after which the server is killed, different in each round. */
const writesBeforeKill = (round: number): number => 60 + ((round * 67) % 240);
/** The number of sessions that a user opens in one round. */
const LOGINS = 15;
const REVOKED = { non_field_errors: ['Token has been revoked.'] };
const ENV = { DYNAMODB_ENDPOINT: '', SESSIONS_PER_USER: '100' };

let dataDir = '';
let server: RunningServer | undefined;

beforeAll(async () => {
  // This test needs the embedded engine, even if the other suites use an external one.
  vi.stubEnv('DYNAMODB_ENDPOINT', '');
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-kill-'));
});
afterAll(async () => {
  await server?.stop('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

/** Published from old to new and back, several at the same second. */
const post = (pk: number): Post => {
  const instant = `2999-01-01T00:00:${String((pk * 7) % 60).padStart(2, '0')}`;
  return postOf({ pk, publishedAt: instant });
};
const inListOrder = (one: Post, other: Post): number =>
  (other.publishedAt ?? '').localeCompare(one.publishedAt ?? '') || one.pk - other.pk;

/** Runs each kind of request repeatedly and concurrently, and kills the server during these requests. */
async function runUntilKilled(
  running: RunningServer,
  writes: AcknowledgedWrites,
  round: number,
): Promise<void> {
  const client = new ServiceClient(running.url);
  const table = await tableOf(running);
  const [users, posts] = [createUserRepository(table), createPostRepository(table)];
  let acknowledged = 0;
  let isKilled = false;
  let ids = 1000 * (round + 1);
  const lane = async (step: () => Promise<unknown>): Promise<void> => {
    while (!isKilled) {
      try {
        await step();
      } catch (error) {
        // Requests fail once the server is killed, but each response before that must be correct.
        if (!isKilled || error instanceof UnexpectedResponseError) throw error;
        return;
      }
      acknowledged += 1;
      if (acknowledged < writesBeforeKill(round)) continue;
      isKilled = true;
      process.kill(running.pid, 'SIGKILL');
    }
  };
  const createUser = async (password: string) => {
    ids += 1;
    const user = userOf({ id: ids, username: `user-${ids}`, password: cheapHash(password) });
    await writes.write(writes.users, user, () => users.create(user));
    return { username: user.username, password };
  };
  const login = await createUser(`password of round ${round}`);
  writes.logins.push(login);
  const open = () => client.logIn(login);
  let logins = 0;
  const lanes = [
    () => createUser('never used'),
    () => {
      ids += 1;
      const one = post(ids);
      return writes.write(writes.posts, one, () => posts.put(one));
    },
    async () => {
      logins += 1;
      if (logins <= LOGINS) writes.chains.push({ token: await open() });
      else await writes.withChain(open, ({ token }) => client.verify(token));
    },
    () =>
      writes.withChain(open, async (chain) => {
        chain.token = await client.refresh(chain.token);
      }),
    () =>
      writes.withChain(open, async ({ token }) => {
        await client.posts(token, '?limit=10');
      }),
    async () => {
      const token = writes.chains.length > 10 ? writes.chains.shift()?.token : await open();
      if (token !== undefined) await writes.end(token, (one) => client.revoke(one));
    },
  ];
  const ends = await Promise.allSettled([...lanes, ...lanes].map(lane));
  table.client.destroy();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  expect(isKilled).toBe(true);
}

/** Asserts that the server has all acknowledged writes, and no data that no client wrote. */
async function assertComplete(running: RunningServer, writes: AcknowledgedWrites): Promise<void> {
  const client = new ServiceClient(running.url);
  const table = await tableOf(running);
  for (const { value, isAcknowledged } of writes.users) {
    const { password, ...stored } = (await storedUser(table, value.username)) ?? {};
    const { password: _, ...written } = value;
    // A login replaces the hash.
    if (isAcknowledged || password !== undefined) expect(stored).toEqual(written);
  }
  table.client.destroy();
  for (const chain of writes.chains) {
    expect(await client.refusalOf(chain.token)).toBeUndefined();
    chain.token = await client.refresh(chain.token);
    await client.verify(chain.token);
  }
  for (const token of writes.ended) expect(await client.refusalOf(token)).toEqual(REVOKED);
  for (const token of writes.unsure)
    expect([undefined, REVOKED]).toContainEqual(await client.refusalOf(token));
  for (const login of writes.logins.slice(-1)) {
    const listed = (await client.posts(await client.logIn(login))).filter((pk) => pk > 1000);
    const isListed = new Set(listed);
    const due = writes.posts.filter(({ value, isAcknowledged }) => isAcknowledged || isListed.has(value.pk));
    expect(listed).toEqual(
      due
        .map(({ value }) => value)
        .sort(inListOrder)
        .map(({ pk }) => pk),
    );
  }
}

it('the local server loses no acknowledged write if it is killed ten times under load', {
  timeout: LONG_TEST_MS,
}, async () => {
  const writes = new AcknowledgedWrites();
  server = await startServer({ dataDir, env: ENV });
  for (let round = 0; round < KILLS; round += 1) {
    await runUntilKilled(server, writes, round);
    await server.stop('SIGKILL');
    server = await startServer({ dataDir, env: ENV });
    await assertComplete(server, writes);
  }
  const written = writes.users.length + writes.posts.length + writes.chains.length + writes.ended.length;
  expect(written).toBeGreaterThan(KILLS * 50);
});
