import * as v from 'valibot';
import { createDocumentClient, type Table } from '../../lib/dynamodb/client.ts';
import { startServer } from '../harness/server.ts';
import { tableOf } from '../harness/server-table.ts';
import { createService, SECRET } from '../harness/service.ts';
import { Client } from '../kit/client.ts';
import { createRemoteTable, startChild } from './child.ts';
import { ClosedLoop } from './measure.ts';
import type { Throughput } from './results.ts';
import { type Ask, createRequests, PAGE, REQUESTS, type Requests, seed } from './workload.ts';

const CLIENTS = [1, 8, 64];
const TURNS = 3;
const TURN_MS = 700;
const WARM_UP_MS = 500;

/** An implementation that responds to requests. */
interface Target {
  readonly name: string;
  readonly requests: Requests;
  close(): Promise<unknown>;
}

/** Measures throughput and response times with the same load: in process, with the local stack, and with Express. */
export async function bench(onProgress: (done: string) => void): Promise<Throughput[]> {
  const targets: Target[] = [];
  try {
    for (const open of [inProcess, localStack, expressApp]) targets.push(await open());
    const results: Throughput[] = [];
    for (const request of REQUESTS) {
      for (const clients of CLIENTS) {
        results.push(...(await measure(targets, request, clients)));
        onProgress(`${request}, ${clients} concurrent`);
      }
    }
    return results;
  } finally {
    for (const place of targets) await place.close();
  }
}

async function measure(targets: Target[], request: keyof Requests, clients: number): Promise<Throughput[]> {
  const create = ({ name, requests }: Target) => ({ name, loop: new ClosedLoop(requests[request], clients) });
  for (const { loop } of targets.map(create)) await loop.run(WARM_UP_MS);
  const loops = targets.map(create);
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const { loop } of turn % 2 === 0 ? loops : loops.toReversed()) await loop.run(TURN_MS);
  }
  return loops.map(({ name, loop }) => ({ request, target: name, clients, ...loop.result() }));
}

/** The functions in this process, with DynamoDB in another one. */
async function inProcess(): Promise<Target> {
  const table = await createRemoteTable();
  const service = createService(table);
  const ask: Ask = ({ name, body, token }) =>
    name === 'posts'
      ? service.getPosts(`JWT ${token}`, { query: { limit: String(PAGE) } })
      : service.post(name, body);
  return {
    name: 'in process',
    requests: createRequests(ask, await seed(table, 'argon2id')),
    close: table.remove,
  };
}

/** The server of `npm start`. */
async function localStack(): Promise<Target> {
  const server = await startServer({
    env: { JWT_SECRET_KEY: SECRET, DYNAMODB_ENDPOINT: '' },
    // The server ends with this process.
    probe: ['--import', new URL('end-with-parent.ts', import.meta.url).href],
  });
  const requests = await requestsOver(server.url, await tableOf(server), 'argon2id');
  return { name: 'local stack', requests, close: () => server.stop() };
}

const addressSchema = v.object({ url: v.string(), endpoint: v.string(), name: v.string() });

async function expressApp(): Promise<Target> {
  const { address, stop } = await startChild('./express-app.ts');
  const { url, endpoint, name } = v.parse(addressSchema, JSON.parse(address));
  const table: Table = { client: createDocumentClient({ region: 'local', endpoint }), name };
  const requests = await requestsOver(url, table, 'bcrypt');
  return { name: 'Express, jsonwebtoken, bcryptjs', requests, close: stop };
}

const PATHS = {
  obtain: '/api/token/',
  verify: '/api/token/verify/',
  refresh: '/api/token/refresh/',
  posts: `/api/blog/posts/?limit=${PAGE}`,
};

/** Sends requests over HTTP. The table is only used for their test data. */
async function requestsOver(url: string, table: Table, hashing: 'argon2id' | 'bcrypt'): Promise<Requests> {
  const client = new Client(url);
  const tokens = await seed(table, hashing);
  table.client.destroy();
  return createRequests(({ name, body, token }) => client.call(PATHS[name], { json: body, token }), tokens);
}
