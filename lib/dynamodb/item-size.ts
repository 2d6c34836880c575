import type { Item } from './items.ts';

/** A number has at most 38 digits: two in a byte, one byte for the exponent and one for the sign. */
const MAX_NUMBER_BYTES = 21;
const COLLECTION_BYTES = 3;
const ELEMENT_BYTES = 1;

/**
 * Returns the size of an item in bytes, as DynamoDB measures it, at most a few bytes more. The limit is 400 KB.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce(
    (sum, [name, value]) => (value === undefined ? sum : sum + Buffer.byteLength(name) + valueBytes(value)),
    0,
  );

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return MAX_NUMBER_BYTES;
  if (typeof value !== 'object' || value === null) return 1;
  const elements = Array.isArray(value)
    ? value.reduce((sum: number, element) => sum + valueBytes(element), 0)
    : itemBytes({ ...value });
  return COLLECTION_BYTES + ELEMENT_BYTES * Object.keys(value).length + elements;
}
