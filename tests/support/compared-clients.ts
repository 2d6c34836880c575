import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { createItemClient } from '../../lib/dynamodb/http-item-client.ts';
import type { Item, ItemClient } from '../../lib/dynamodb/item-client.ts';
import { LISTING_INDEX } from '../../lib/dynamodb/keys.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.ts';

/** Short, so that a request without a response does not delay the test. */
const TIMEOUTS = { connectMs: 1_000, requestMs: 500, attemptMs: 700 };
/** Pauses of 1 and 2 ms, and of 40 and 80 ms after throttling. */
const RANDOM = 0.04;
const LONGEST_PAUSE_MS = 100;

const anySchema = v.record(v.string(), v.unknown());
const errorSchema = v.looseObject({
  name: v.string(),
  $metadata: v.optional(v.looseObject({ httpStatusCode: v.optional(v.number()) })),
});

export interface Outcome {
  readonly output?: unknown;
  readonly error?: unknown;
}

/** Returns the observable result of a call. The functions do not read the counts of a query. */
export async function outcomeOf(call: Promise<object>): Promise<Outcome> {
  try {
    const { $metadata: _, Count: __, ScannedCount: ___, ...output } = v.parse(anySchema, await call);
    return { output };
  } catch (thrown) {
    const { name, $fault, $metadata, Item, throttlingReasons } = v.parse(errorSchema, thrown);
    return { error: { name, $fault, Item, throttlingReasons, status: $fault && $metadata?.httpStatusCode } };
  }
}

/** Returns the short delays of the timers that a piece of work starts: the pauses between attempts. */
export async function pausesDuring(work: () => Promise<unknown>): Promise<unknown[]> {
  const timers = vi.spyOn(globalThis, 'setTimeout');
  await work();
  const delays = timers.mock.calls.map(([, delay]) => delay);
  timers.mockRestore();
  return delays.filter((delay) => typeof delay === 'number' && delay > 0 && delay < LONGEST_PAUSE_MS);
}

/** Makes the pauses between attempts short and equal in all tests of a file. */
export function useShortPauses(): void {
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(RANDOM);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}

const Key = { pk: 'USER#deku' };
const STORED = {
  ...Key,
  is_active: true,
  nothing: null,
  n: 0.1,
  tags: new Set(['a', 'b']),
  sessions: { sid: { generation: 1, list: ['x', 2, { y: false }] } },
  listing: 'published',
  listing_order: '1',
};
const update = (condition: string, others = {}) => ({
  Key,
  UpdateExpression: 'SET sessions.#sid.generation = :next, note = :note ADD tags :tag',
  ConditionExpression: condition,
  ExpressionAttributeNames: { '#sid': 'sid' },
  ExpressionAttributeValues: {
    ':next': 2,
    ':one': 1,
    ':note': { left: undefined, right: null },
    ':tag': new Set(['c']),
  },
  ReturnValues: 'UPDATED_NEW' as const,
  ...others,
});
const HOLDS = 'sessions.#sid.generation = :one';
const FAILS = 'sessions.#sid.generation > :next AND attribute_exists(pk) AND sessions.#sid.generation > :one';
const Other = { pk: 'USER#unknown' };
const listing = {
  IndexName: LISTING_INDEX,
  KeyConditionExpression: 'listing = :published',
  ExpressionAttributeValues: { ':published': 'published' },
};

export const calls: Record<string, (client: ItemClient, TableName: string) => Promise<object>> = {
  'get of an item': (client, TableName) => client.get({ TableName, Key, ConsistentRead: true }),
  'get of a projection': (client, TableName) =>
    client.get({
      TableName,
      Key,
      ProjectionExpression: 'n, sessions.#sid',
      ExpressionAttributeNames: { '#sid': 'sid' },
    }),
  'get of no item': (client, TableName) => client.get({ TableName, Key: Other }),
  'get without a key': (client, TableName) => client.get({ TableName, Key: {} }),
  'query of a page': (client, TableName) => client.query({ TableName, ...listing, Limit: 1 }),
  'query of the page after it': (client, TableName) =>
    client.query({
      TableName,
      ...listing,
      ExclusiveStartKey: { ...Key, listing: 'published', listing_order: '1' },
    }),
  'update whose condition holds': (client, TableName) => client.update({ TableName, ...update(HOLDS) }),
  'update whose condition fails': (client, TableName) => client.update({ TableName, ...update(FAILS) }),
  'update that returns the old item if its condition fails': (client, TableName) =>
    client.update({ TableName, ...update(FAILS, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }) }),
  'update that is sent once': (client, TableName) => client.updateOnce({ TableName, ...update(HOLDS) }),
  'put of a new item': async (client, TableName) =>
    Object(await client.put({ TableName, Item: { ...Other, a: [undefined, 1], b: undefined } })),
  'put whose condition fails': async (client, TableName) =>
    Object(await client.put({ TableName, Item: STORED, ConditionExpression: 'attribute_not_exists(pk)' })),
  'delete of an item': (client, TableName) => client.delete({ TableName, Key, ReturnValues: 'ALL_OLD' }),
  'call for another table': (client) => client.get({ TableName: 'another-table', Key }),
};

/**
 * Creates a table behind a proxy. Returns a function that makes a call with the document client and with the client of the
 * functions, with faults, and returns what can be observed of each.
 */
export function useComparedClients() {
  let table: TestTable;
  let proxy: FaultProxy;
  useShortPauses();
  beforeAll(async () => {
    table = await createTestTable();
    proxy = await startFaultProxy(table.endpoint);
  });
  afterAll(async () => {
    await proxy.close();
    await table.remove();
  });

  /** Makes a call on a new item with faults. Returns all that can be observed. */
  async function observe(client: ItemClient & { destroy(): void }, name: string, faults: readonly Fault[]) {
    const { client: direct, name: TableName } = table;
    await direct.delete({ TableName, Key: Other });
    await direct.put({ TableName, Item: STORED });
    let attempts = 0;
    proxy.faultOf = () => {
      attempts += 1;
      return faults[attempts - 1] ?? 'none';
    };
    let outcome: Outcome = {};
    const pauses = await pausesDuring(async () => {
      outcome = await outcomeOf(calls[name]?.(client, TableName) ?? Promise.reject(new Error(name)));
    });
    client.destroy();
    proxy.faultOf = () => 'none';
    const stored: (Item | undefined)[] = [];
    for (const one of [Key, Other])
      stored.push((await direct.get({ TableName, Key: one, ConsistentRead: true })).Item);
    return { outcome, attempts, pauses, stored };
  }
  const settings = () => ({ region: 'local', endpoint: proxy.endpoint, timeouts: TIMEOUTS });
  return async (name: string, faults: readonly Fault[]) => ({
    expected: await observe(createDocumentClient(settings()), name, faults),
    actual: await observe(createItemClient(settings()), name, faults),
  });
}
