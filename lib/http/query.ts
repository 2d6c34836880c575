import * as v from 'valibot';
import { InputError } from '../errors.ts';
import { problemsByField } from './fields.ts';
import type { HttpRequest } from './request.ts';

/** A query parameter that is `true` or `false`; `false` if it is missing. */
export const flag = v.optional(
  v.pipe(
    v.picklist(['true', 'false'], 'Must be a valid boolean.'),
    v.transform((text) => text === 'true'),
  ),
  'false',
);

/** Reads query parameters. @throws {InputError} with the problems of all parameters */
export function readQuery<Schema extends v.GenericSchema>(
  query: HttpRequest['query'],
  schema: Schema,
): v.InferOutput<Schema> {
  const parameters = v.safeParse(schema, query);
  if (!parameters.success) throw new InputError(problemsByField(parameters.issues));
  return parameters.output;
}
