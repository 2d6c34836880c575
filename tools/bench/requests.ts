import * as v from 'valibot';
import { createDocumentClient, type Table } from '../../lib/dynamodb/client.ts';
import { startServer } from '../harness/server.ts';
import { tableOf } from '../harness/server-table.ts';
import { createService, SECRET } from '../harness/service.ts';
import { createTestTable } from '../harness/table.ts';
import { type Child, startChild } from './child.ts';
import { ClosedLoop } from './measure.ts';
import type { Throughput } from './results.ts';
import { type Ask, createRequests, PAGE, REQUESTS, type Requests, seed } from './workload.ts';

const CLIENTS = [1, 8, 64];
const TURNS = 3;
const TURN_MS = 700;
const WARM_UP_MS = 500;

/** Somewhere that requests are answered. */
interface Place {
  readonly name: string;
  readonly requests: Requests;
  close(): Promise<void>;
}

/** Requests a second and how long they take, at the same load in turns: in process, through the local stack, by Express. */
export async function bench(onProgress: (done: string) => void): Promise<Throughput[]> {
  const places: Place[] = [];
  try {
    for (const open of [inProcess, localStack, expressApp]) places.push(await open());
    const results: Throughput[] = [];
    for (const request of REQUESTS) {
      for (const clients of CLIENTS) {
        results.push(...(await measure(places, request, clients)));
        onProgress(`${request}, ${clients} at a time`);
      }
    }
    return results;
  } finally {
    for (const place of places) await place.close();
  }
}

async function measure(
  places: readonly Place[],
  request: keyof Requests,
  clients: number,
): Promise<Throughput[]> {
  const loops = places.map(({ name, requests }) => ({
    name,
    loop: new ClosedLoop(requests[request], clients),
  }));
  for (const { loop } of loops) {
    await loop.run(WARM_UP_MS);
    loop.reset();
  }
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const { loop } of turn % 2 === 0 ? loops : loops.toReversed()) await loop.run(TURN_MS);
  }
  return loops.map(({ name, loop }) => ({ request, place: name, clients, ...loop.result() }));
}

/** The functions themselves, on a DynamoDB in another process. */
async function inProcess(): Promise<Place> {
  const engine = await startChild('./engine-process.ts');
  const table = await createTestTable(engine.address);
  const service = createService(table);
  const ask: Ask = async ({ name, body, token }) => {
    if (name === 'posts') return service.getPosts(`JWT ${token}`, { query: { limit: String(PAGE) } });
    return service.post(name, body);
  };
  return {
    name: 'in process',
    requests: createRequests(ask, await seed(table, 'argon2id')),
    close: async () => {
      await table.remove();
      await engine.stop();
    },
  };
}

/** What `npm start` starts. */
async function localStack(): Promise<Place> {
  const server = await startServer({
    env: { JWT_SECRET_KEY: SECRET, DYNAMODB_ENDPOINT: '' },
    // Ends with this process.
    probe: ['--import', new URL('end-with-parent.ts', import.meta.url).href],
  });
  const table = await tableOf(server);
  const requests = createRequests(askOver(server.url), await seed(table, 'argon2id'));
  table.client.destroy();
  return {
    name: 'local stack',
    requests,
    close: async () => {
      await server.stop();
    },
  };
}

const addressSchema = v.object({ url: v.string(), endpoint: v.string(), name: v.string() });

async function expressApp(): Promise<Place> {
  const child: Child = await startChild('./express-app.ts');
  const { url, endpoint, name } = v.parse(addressSchema, JSON.parse(child.address));
  const table: Table = { client: createDocumentClient({ region: 'local', endpoint }), name };
  const requests = createRequests(askOver(url), await seed(table, 'bcrypt'));
  table.client.destroy();
  return { name: 'Express, jsonwebtoken, bcryptjs', requests, close: () => child.stop() };
}

const PATHS = {
  obtain: '/api/token/',
  verify: '/api/token/verify/',
  refresh: '/api/token/refresh/',
  posts: `/api/blog/posts/?limit=${PAGE}`,
};

const askOver =
  (url: string): Ask =>
  async ({ name, body, token }) => {
    const response = await fetch(`${url}${PATHS[name]}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token !== undefined && { Authorization: `JWT ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
