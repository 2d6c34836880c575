import type { PutCommandInput } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { InternalError, UnavailableError } from '../errors.ts';
import type { Item, ItemTable } from './item-client.ts';
import type { Key } from './keys.ts';

export type { Item } from './item-client.ts';

/** The condition of a write. */
export type Condition = Pick<
  PutCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

export const IF_ABSENT: Condition = { ConditionExpression: 'attribute_not_exists(pk)' };

/** Errors caused by the item in a request, not by the availability of the table. */
const ITEM_ERRORS = new Set(['ConditionalCheckFailedException', 'ValidationException']);

/**
 * Awaits an SDK call and translates its errors.
 *
 * @throws {UnavailableError} for timeouts, throttling, and connection, credential and server errors
 */
export async function translateErrors<Output>(call: Promise<Output>): Promise<Output> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && ITEM_ERRORS.has(error.name)) throw error;
    throw new UnavailableError({ cause: error });
  }
}

/** Awaits a conditional write. Returns undefined if the condition failed. @throws {UnavailableError} */
export async function ifConditionHolds<Output>(write: Promise<Output>): Promise<Output | undefined> {
  try {
    return await translateErrors(write);
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
    throw error;
  }
}

/**
 * Reads an item with strong consistency: all its attributes, or those of a projection.
 *
 * @param key undefined if no item can have the key
 * @param names the placeholders in `attributes`
 * @throws {UnavailableError}
 */
export async function getItem(
  { client, name }: ItemTable,
  key: Key | undefined,
  attributes?: readonly string[],
  names?: Readonly<Record<string, string>>,
): Promise<Item | undefined> {
  if (key === undefined) return undefined;
  const call = client.get({
    TableName: name,
    Key: key,
    ConsistentRead: true,
    ProjectionExpression: attributes?.join(', '),
    ExpressionAttributeNames: names,
  });
  return (await translateErrors(call)).Item;
}

/**
 * Reads the attributes of a schema with strong consistency, and parses them.
 *
 * @param key undefined if no item can have the key
 * @throws {UnavailableError}
 * @throws {InternalError} for an unexpected item
 */
export async function findItem<Entries extends v.ObjectEntries>(
  table: ItemTable,
  key: Key | undefined,
  schema: v.ObjectSchema<Entries, undefined>,
): Promise<v.InferOutput<typeof schema> | undefined> {
  const item = await getItem(table, key, Object.keys(schema.entries));
  return item && parseItem(schema, item);
}

/** Writes a whole item. Returns false if the condition failed. @throws {UnavailableError} */
export async function putItem(
  { client, name }: ItemTable,
  item: Key & Item,
  condition: Condition = {},
): Promise<boolean> {
  const call = client.put({ TableName: name, Item: item, ...condition });
  return (await ifConditionHolds(call)) !== undefined;
}

/** Deletes an item. Returns whether it existed. @throws {UnavailableError} */
export async function deleteItem({ client, name }: ItemTable, key: Key | undefined): Promise<boolean> {
  if (key === undefined) return false;
  const call = client.delete({ TableName: name, Key: key, ReturnValues: 'ALL_OLD' });
  return (await translateErrors(call)).Attributes !== undefined;
}

/**
 * Parses attributes of a stored item.
 *
 * @throws {InternalError} for an unexpected item; the message names attributes, without values
 */
export function parseItem<Schema extends v.GenericSchema>(
  schema: Schema,
  item: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, item);
  if (result.success) return result.output;
  const attributes = result.issues.map((issue) => v.getDotPath(issue)).join(', ');
  throw new InternalError(`a stored item does not parse: ${attributes}`);
}
