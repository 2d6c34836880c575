import { itemBytes } from '../lib/dynamodb/item-size.ts';
import type { Item } from '../lib/dynamodb/items.ts';

/**
 * An item holds 409,600 bytes. The rest is for attributes that are added later, such as sessions.
 *
 * @see AWS, "Quotas in Amazon DynamoDB"
 */
const MAX_ITEM_BYTES = 399_000;

/** Returns whether an item, or the data for one, is too large. */
export const isTooLarge = (item: Item): boolean => itemBytes(item) > MAX_ITEM_BYTES;
