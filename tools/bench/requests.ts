import * as v from 'valibot';
import { createDocumentClient, type Table } from '../../lib/dynamodb/client.ts';
import { missingDjango } from '../harness/django.ts';
import { startServer, tableOf } from '../harness/server.ts';
import { createService, SECRET } from '../harness/service.ts';
import { Client, PATHS } from '../kit/client.ts';
import { warn } from '../kit/terminal.ts';
import { createRemoteTable, END_WITH_PARENT, startChild } from './child.ts';
import { startOriginal } from './django-app.ts';
import { alternately, ClosedLoop, type CpuClock } from './measure.ts';
import { cpuClockOf } from './process-cpu.ts';
import type { BenchOptions, Throughput } from './results.ts';
import {
  type Ask,
  createRequests,
  PAGE,
  PASSWORD,
  REQUESTS,
  type Requests,
  seed,
  users,
} from './workload.ts';

/** The numbers of concurrent clients by default. */
export const CLIENTS: readonly number[] = [1, 8, 64];
const TURNS = 3;
const TURN_MS = 2_000;
/** Enough for V8 to optimize the code of a target: before that, a login takes about a tenth more CPU time. */
const WARM_UP = { turnMs: 1_500, requests: 500, turns: 10, clients: 8 } as const;

/** An implementation that responds to requests. */
interface Target {
  readonly name: string;
  readonly requests: Requests;
  /** The CPU times of its processes. That of this process includes the clients. */
  readonly cpuMs: CpuClock;
  close(): Promise<unknown>;
}

/**
 * Measures throughput, response times and CPU times with the same load: in process, with the local stack, with the original
 * and with Express.
 *
 * @param onResults receives the results of each kind of request and number of clients
 */
export async function bench(
  onResults: (results: readonly Throughput[]) => void,
  { clients: numbers = CLIENTS }: BenchOptions,
): Promise<void> {
  const targets: Target[] = [];
  try {
    const missing = missingDjango('original');
    if (missing !== undefined) warn(`without the original: ${missing}`);
    const original = missing === undefined ? [originalApp] : [];
    for (const open of [inProcess, localStack, ...original, expressApp]) targets.push(await open());
    for (const request of REQUESTS) {
      for (const target of targets) await warmUp(target, request);
      for (const clients of numbers) {
        onResults(await measure(targets, request, clients));
        warn(`measured ${request}, ${clients} concurrent`);
      }
    }
  } finally {
    for (const place of targets) await place.close();
  }
}

/** Sends requests until {@link WARM_UP} is reached. */
async function warmUp({ requests }: Target, request: keyof Requests): Promise<void> {
  const loop = new ClosedLoop(requests[request], WARM_UP.clients);
  for (let turn = 0; turn < WARM_UP.turns && loop.count < WARM_UP.requests; turn += 1) {
    await loop.run(WARM_UP.turnMs);
  }
}

async function measure(targets: Target[], request: keyof Requests, clients: number): Promise<Throughput[]> {
  const loops = targets.map(({ name, requests, cpuMs }) => ({
    name,
    loop: new ClosedLoop(requests[request], clients, cpuMs),
  }));
  for (const { item } of alternately(loops, TURNS)) await item.loop.run(TURN_MS);
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
    cpuMs: cpuClockOf(process.pid, table.pid),
    close: table.remove,
  };
}

/** The server of `npm start`. */
async function localStack(): Promise<Target> {
  const server = await startServer({
    env: { JWT_SECRET_KEY: SECRET, DYNAMODB_ENDPOINT: '' },
    // The server ends with this process.
    probe: ['--import', END_WITH_PARENT],
  });
  const requests = await requestsOver(server.url, await tableOf(server), 'argon2id');
  return { name: 'local stack', requests, cpuMs: cpuClockOf(server.pid), close: () => server.stop() };
}

const addressSchema = v.object({ url: v.string(), endpoint: v.string(), name: v.string() });

async function expressApp(): Promise<Target> {
  const { address, pid, stop } = await startChild('./express-app.ts');
  const { url, endpoint, name } = v.parse(addressSchema, JSON.parse(address));
  const table: Table = { client: createDocumentClient({ region: 'local', endpoint }), name };
  const requests = await requestsOver(url, table, 'bcrypt');
  return { name: 'Express, jsonwebtoken, bcryptjs', requests, cpuMs: cpuClockOf(pid), close: stop };
}

/** The service that this one replaces. It returns all posts, so it has as many as a page. */
async function originalApp(): Promise<Target> {
  const { url, pid, tokens, stop } = await startOriginal({ users, password: PASSWORD, posts: PAGE });
  const requests = requestsTo(url, tokens);
  return { name: 'Django 3.2, gunicorn', requests, cpuMs: cpuClockOf(pid), close: stop };
}

/** Sends requests over HTTP. The table is only used for their test data. */
async function requestsOver(url: string, table: Table, hashing: 'argon2id' | 'bcrypt'): Promise<Requests> {
  const tokens = await seed(table, hashing);
  table.client.destroy();
  return requestsTo(url, tokens);
}

function requestsTo(url: string, tokens: readonly string[]): Requests {
  const client = new Client(url);
  const paths = { ...PATHS, posts: `${PATHS.posts}?limit=${PAGE}` };
  return createRequests(({ name, body, token }) => client.call(paths[name], { json: body, token }), tokens);
}
