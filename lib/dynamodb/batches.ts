import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetCommand, BatchWriteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../errors.ts';
import { type Table, translateErrors } from './client.ts';
import type { Key } from './keys.ts';

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const MAX_READS = 100;
/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
export const MAX_WRITES = 25;

const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 50;

type Item = Record<string, unknown>;

/** Retries unprocessed items with exponential backoff. */
async function untilProcessed<Work>(work: Work[], step: (work: Work[]) => Promise<Work[]>): Promise<void> {
  let left = work;
  for (let attempt = 0; left.length > 0; attempt += 1) {
    if (attempt === ATTEMPTS) {
      throw new UnavailableError({ cause: new Error('the table keeps asking to slow down') });
    }
    if (attempt > 0) await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    left = await step(left);
  }
}

/** Reads up to {@link MAX_READS} items, consistently; those that are not there are left out. @throws {UnavailableError} */
export async function batchGet({ client, name }: Table, keys: readonly Key[]): Promise<Item[]> {
  const items: Item[] = [];
  await untilProcessed([...keys], async (Keys) => {
    const { Responses, UnprocessedKeys } = await translateErrors(
      client.send(new BatchGetCommand({ RequestItems: { [name]: { Keys, ConsistentRead: true } } })),
    );
    items.push(...(Responses?.[name] ?? []));
    return (UnprocessedKeys?.[name]?.Keys ?? []).map(({ pk }) => ({ pk: String(pk) }));
  });
  return items;
}

/** Writes up to {@link MAX_WRITES} whole items, of different keys. @throws {UnavailableError} */
export async function batchPut({ client, name }: Table, items: readonly Item[]): Promise<void> {
  const requests = items.map((Item) => ({ PutRequest: { Item } }));
  await untilProcessed(requests, async (left) => {
    const { UnprocessedItems } = await translateErrors(
      client.send(new BatchWriteCommand({ RequestItems: { [name]: left } })),
    );
    return (UnprocessedItems?.[name] ?? []).flatMap(({ PutRequest }) =>
      PutRequest?.Item ? [{ PutRequest: { Item: PutRequest.Item } }] : [],
    );
  });
}

/** Reads some attributes of all items whose key begins with a prefix, consistently. @throws {UnavailableError} */
export async function* scan(
  { client, name }: Table,
  prefix: string,
  attributes: readonly string[],
): AsyncGenerator<Item> {
  let start: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await translateErrors(
      client.send(
        new ScanCommand({
          TableName: name,
          ConsistentRead: true,
          FilterExpression: 'begins_with(pk, :prefix)',
          ProjectionExpression: attributes.join(', '),
          ExpressionAttributeValues: { ':prefix': prefix },
          ...(start && { ExclusiveStartKey: start }),
        }),
      ),
    );
    yield* Items;
    start = LastEvaluatedKey;
  } while (start !== undefined);
}
