import { setTimeout as delay } from 'node:timers/promises';
import type { BatchWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../errors.ts';
import type { Table } from './client.ts';
import { type Item, translateErrors } from './items.ts';
import type { Key } from './keys.ts';

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const MAX_READS = 100;
/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const MAX_WRITES = 25;

type WriteRequest = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number];

const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 50;

/** Retries unprocessed items with exponential backoff. */
async function untilProcessed<Work>(work: Work[], step: (work: Work[]) => Promise<Work[]>): Promise<void> {
  let left = work;
  for (let attempt = 0; left.length > 0; attempt += 1) {
    if (attempt === ATTEMPTS) {
      throw new UnavailableError({ cause: new Error('the table still leaves items unprocessed') });
    }
    if (attempt > 0) await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    left = await step(left);
  }
}

/** Reads items with strong consistency. Omits items that do not exist. @throws {UnavailableError} */
export async function batchGet({ client, name }: Table, keys: readonly Key[]): Promise<Item[]> {
  const items: Item[] = [];
  const reads = partsOf(keys, MAX_READS).map((part) =>
    untilProcessed(part, async (Keys) => {
      const { Responses, UnprocessedKeys } = await translateErrors(
        client.batchGet({ RequestItems: { [name]: { Keys, ConsistentRead: true } } }),
      );
      items.push(...(Responses?.[name] ?? []));
      return (UnprocessedKeys?.[name]?.Keys ?? []).map(({ pk }) => ({ pk: String(pk) }));
    }),
  );
  await Promise.all(reads);
  return items;
}

/** Writes whole items, each with a different key, without conditions. @throws {UnavailableError} */
export async function batchPut({ client, name }: Table, items: readonly Item[]): Promise<void> {
  const requests = items.map((Item) => ({ PutRequest: { Item } }));
  const writes = partsOf(requests, MAX_WRITES).map((part) =>
    untilProcessed<WriteRequest>(part, async (left) => {
      const { UnprocessedItems } = await translateErrors(
        client.batchWrite({ RequestItems: { [name]: left } }),
      );
      return UnprocessedItems?.[name] ?? [];
    }),
  );
  await Promise.all(writes);
}

/** Splits a list into parts of a length. The last one may be shorter. */
export function partsOf<Element>(list: readonly Element[], length: number): Element[][] {
  const parts = Math.ceil(list.length / length);
  return Array.from({ length: parts }, (_, index) => list.slice(index * length, (index + 1) * length));
}

/** Reads attributes of all items whose key begins with a prefix, with strong consistency. @throws {UnavailableError} */
export async function* scan(
  { client, name }: Table,
  prefix: string,
  attributes: readonly string[],
): AsyncGenerator<Item> {
  let start: Item | undefined;
  do {
    const page = client.scan({
      TableName: name,
      ConsistentRead: true,
      FilterExpression: 'begins_with(pk, :prefix)',
      ProjectionExpression: attributes.join(', '),
      ExpressionAttributeValues: { ':prefix': prefix },
      ExclusiveStartKey: start,
    });
    const { Items = [], LastEvaluatedKey } = await translateErrors(page);
    yield* Items;
    start = LastEvaluatedKey;
  } while (start !== undefined);
}
