import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { type Table, translateErrors } from './client.ts';
import { type ItemUpdate, updateItem } from './item-update.ts';
import { userKey } from './keys.ts';

type Attributes = Record<string, unknown>;

/**
 * Reads attributes of a user's item, consistently.
 *
 * @throws {UnavailableError}
 */
export async function getUserItem(
  { client, name }: Table,
  username: string,
  attributes: readonly string[],
  names?: Readonly<Record<string, string>>,
): Promise<Attributes | undefined> {
  const key = userKey(username);
  if (key === undefined) return undefined;
  const { Item } = await translateErrors(
    client.send(
      new GetCommand({
        TableName: name,
        Key: key,
        ConsistentRead: true,
        ProjectionExpression: attributes.join(', '),
        ...(names && { ExpressionAttributeNames: names }),
      }),
    ),
  );
  return Item;
}

/**
 * Updates a user's item. Returns the attributes that it changed, with their new values, or undefined if a condition failed.
 *
 * @throws {UnavailableError}
 */
export async function updateUserItem(
  table: Table,
  username: string,
  update: ItemUpdate,
): Promise<Attributes | undefined> {
  const key = userKey(username);
  return key && updateItem(table, key, update);
}
