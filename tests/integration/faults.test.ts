import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { SessionRepository } from '../../lib/dynamodb/sessions.ts';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import type { PasswordChecker } from '../../lib/users/login.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { createService, type Reply, tokenOf } from '../support/service.ts';
import { createTestTable, type TestTable } from '../support/table.ts';
import { userOf } from '../support/users.ts';

const SECOND = 1000;
/** As in `serverless.yml`. */
const FUNCTION_TIMEOUT_MS = 10_000;
const ROUNDS = 6;

/** Hashing has tests of its own; here it would take all the time. */
const passwords: PasswordChecker = {
  verify: async (encoded, password) => (encoded === password ? 'match' : 'mismatch'),
  hash: async (password) => password,
  needsRehash: () => false,
  isCurrentWork: () => true,
  decoy: async () => {},
};
const unlimited = { failures: 999_999, seconds: 900 };
const throttling = { pair: unlimited, network: unlimited, accountFailures: 999_999 };

let table: TestTable;
let proxy: FaultProxy;
let troubled: ReturnType<typeof createService>;
let sound: ReturnType<typeof createService>;
let destroy = () => {};
let now = Date.now();
let ids = 0;

beforeAll(async () => {
  table = await createTestTable();
  proxy = await startFaultProxy(table.endpoint);
  const client = createDocumentClient({ region: 'local', endpoint: proxy.endpoint });
  destroy = () => client.destroy();
  const options = { clock: () => now, passwords, throttling, settings: { sessionsPerUser: 100 } };
  troubled = createService({ client, name: table.name }, options);
  sound = createService(table, options);
});
afterAll(async () => {
  destroy();
  await proxy.close();
  await table.remove();
});

/** An answer of a service in trouble: what was asked for, or that it cannot be done now; and in time. */
async function asked(work: () => Promise<Reply>): Promise<Reply> {
  const start = performance.now();
  const reply = await work();
  expect(performance.now() - start).toBeLessThan(FUNCTION_TIMEOUT_MS);
  expect([200, 503]).toContain(reply.status);
  if (reply.status === 503) {
    expect(reply.headers['Retry-After']).toBe('1');
    expect(reply.body).toMatchObject({ detail: 'Service temporarily unavailable, try again later.' });
  }
  return reply;
}

/** Faults of most requests, in an order that has nothing to do with the order of calls. */
const mostly =
  (fault: Fault) =>
  (count: number): Fault =>
    [0, 1, 3, 4, 6, 8, 9, 12].includes((count * 5) % 13) ? fault : 'none';

const newUser = async (): Promise<string> => {
  ids += 1;
  const username = `user-${ids}`;
  await new UserRepository(table).create(userOf({ id: ids, username, password: 'pw' }));
  return username;
};

describe.each<Fault>(['request lost', 'answer lost', 'late', 'throttled', 'server error'])(
  'while requests to DynamoDB are: %s',
  (fault) => {
    it('a login that was answered is there, once', async () => {
      const username = await newUser();
      proxy.faultOf = mostly(fault);
      const replies = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        replies.push(await asked(() => troubled.post('obtain', { username, password: 'pw' })));
      }
      proxy.faultOf = () => 'none';
      const tokens = replies.filter(({ status }) => status === 200).map(tokenOf);
      for (const token of tokens) expect((await sound.post('verify', { token })).status).toBe(200);
      const stored = (await new SessionRepository(table).findHolder(username))?.sessions.size ?? 0;
      // A login that was answered 503 may have opened its session all the same; none opens two.
      expect(stored).toBeGreaterThanOrEqual(tokens.length);
      expect(stored).toBeLessThanOrEqual(ROUNDS);
    }, 120_000);

    it('a refresh that was answered is the one successor, and nobody is thrown out', async () => {
      const username = await newUser();
      proxy.faultOf = () => 'none';
      let token = tokenOf(await sound.post('obtain', { username, password: 'pw' }));
      proxy.faultOf = mostly(fault);
      for (let round = 0; round < ROUNDS; round += 1) {
        now += 2 * SECOND;
        const both = await Promise.all(
          [token, token].map((one) => asked(() => troubled.post('refresh', { token: one }))),
        );
        const successors = new Set(both.filter(({ status }) => status === 200).map(tokenOf));
        expect(successors.size).toBeLessThanOrEqual(1);
        for (const successor of successors) token = successor;
      }
      proxy.faultOf = () => 'none';
      expect((await sound.post('verify', { token })).status).toBe(200);
      expect((await sound.post('refresh', { token })).status).toBe(200);
    }, 120_000);

    it('no valid token is refused, and a logout that was answered counts', async () => {
      const username = await newUser();
      proxy.faultOf = () => 'none';
      const token = tokenOf(await sound.post('obtain', { username, password: 'pw' }));
      proxy.faultOf = mostly(fault);
      for (let round = 0; round < ROUNDS; round += 1) {
        await asked(() => troubled.post('verify', { token }));
        const admission = await troubled.authorize(`JWT ${token}`).catch((error: unknown) => error);
        // What could not be checked is thrown, which API Gateway answers with 503.
        if (!(admission instanceof Error)) expect(admission).toMatchObject({ principalId: String(ids) });
      }
      const { status } = await asked(() => troubled.post('revoke', { token }));
      proxy.faultOf = () => 'none';
      if (status === 200) expect((await sound.post('verify', { token })).status).toBe(400);
    }, 120_000);
  },
);
