import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';

/** A JSON object of the description. */
export type Json = Readonly<Record<string, unknown>>;

/** Steps of a schema that JSON Schema cannot express. Any other unknown step is an error. */
const IGNORED = ['check', 'transform', 'trim'];

/** Converts a schema to that of the values before it (`input`) or after it (`output`), in JSON Schema 2020-12. */
export function jsonSchema(schema: v.GenericSchema, typeMode: 'input' | 'output'): Json {
  const { $schema, ...converted } = toJsonSchema(schema, {
    typeMode,
    target: 'draft-2020-12',
    ignoreActions: IGNORED,
  });
  return converted;
}

/** An object with exactly these members, which are all required. */
export const exactly = (properties: Json): Json => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
