import * as v from 'valibot';
import { InputError } from '../errors.ts';
import { decodeCursor } from './cursor.ts';
import type { Position } from './post.ts';

const MAX_LIMIT = 1000;

const limitSchema = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[+-]?\d{1,15}$/, 'A valid integer is required.'),
  v.transform(Number),
  v.minValue(1, 'Ensure this value is greater than or equal to 1.'),
  v.maxValue(MAX_LIMIT, `Ensure this value is less than or equal to ${MAX_LIMIT}.`),
);

export interface Paging {
  readonly limit: number | undefined;
  readonly after: Position | undefined;
}

/**
 * Reads `limit` and `cursor` of a query string, either of which may be absent.
 *
 * @throws {InputError} on `limit` or `cursor`
 */
export function readPaging(query: Readonly<Record<string, string | undefined>>): Paging {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  if (query.limit === undefined) return { limit: undefined, after };
  const limit = v.safeParse(limitSchema, query.limit, { abortPipeEarly: true });
  if (!limit.success) throw new InputError({ limit: [limit.issues[0].message] });
  return { limit: limit.output, after };
}
