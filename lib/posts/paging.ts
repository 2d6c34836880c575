import * as v from 'valibot';
import { InputError } from '../errors.ts';
import { decodeCursor, type Position } from './order.ts';

const MAX_LIMIT = 1000;

/** The query parameters of a page. The first problem is reported, and that of the cursor before that of the limit. */
export const pageQuery = v.object({
  cursor: v.optional(v.pipe(v.string(), v.transform(decodeCursor))),
  limit: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(/^[+-]?\d{1,15}$/, 'A valid integer is required.'),
      v.transform(Number),
      v.number(),
      v.integer(),
      v.minValue(1, 'Ensure this value is greater than or equal to 1.'),
      v.maxValue(MAX_LIMIT, `Ensure this value is less than or equal to ${MAX_LIMIT}.`),
    ),
  ),
});

/** The query parameters of a page, as sent. */
export type PageQuery = Readonly<Record<string, string | undefined>>;

/** Parses the optional query parameters `limit` and `cursor`. @throws {InputError} for the fields `limit` and `cursor` */
export function readPaging(query: PageQuery): { limit: number | undefined; after: Position | undefined } {
  const page = v.safeParse(pageQuery, query, { abortEarly: true });
  if (!page.success) throw new InputError({ limit: [page.issues[0].message] });
  return { limit: page.output.limit, after: page.output.cursor };
}
