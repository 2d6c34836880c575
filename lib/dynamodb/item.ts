import * as v from 'valibot';
import { InternalError } from '../errors.ts';

/**
 * Reads attributes of a stored item by a schema.
 *
 * @throws {InternalError} for an item that does not match the schema; the message contains names of attributes, not values
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
