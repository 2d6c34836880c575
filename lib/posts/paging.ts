import * as v from 'valibot';
import { InputError } from '../errors.ts';
import { decodeCursor, type Position } from './order.ts';

const MAX_LIMIT = 1000;

const limitSchema = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[+-]?\d{1,15}$/, 'A valid integer is required.'),
  v.transform(Number),
  v.minValue(1, 'Ensure this value is greater than or equal to 1.'),
  v.maxValue(MAX_LIMIT, `Ensure this value is less than or equal to ${MAX_LIMIT}.`),
);

/** The query parameters of a page. */
export type PageQuery = Readonly<Record<string, string | undefined>>;

/** Parses the optional query parameters `limit` and `cursor`. @throws {InputError} for the fields `limit` and `cursor` */
export function readPaging(query: PageQuery): { limit: number | undefined; after: Position | undefined } {
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  if (query.limit === undefined) return { limit: undefined, after };
  const limit = v.safeParse(limitSchema, query.limit, { abortPipeEarly: true });
  if (!limit.success) throw new InputError({ limit: [limit.issues[0].message] });
  return { limit: limit.output, after };
}
