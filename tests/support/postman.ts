import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { COLLECTION_FILE, ENVIRONMENT_FILE } from '../../tools/openapi/index.ts';

const itemSchema = v.looseObject({
  name: v.string(),
  event: v.optional(
    v.array(v.object({ listen: v.string(), script: v.looseObject({ exec: v.array(v.string()) }) })),
    [],
  ),
  request: v.looseObject({
    method: v.string(),
    auth: v.optional(v.object({ type: v.string() })),
    url: v.looseObject({ path: v.array(v.string()) }),
  }),
});
const variablesSchema = v.array(v.looseObject({ key: v.string(), value: v.string() }));
const collectionSchema = v.looseObject({
  auth: v.looseObject({ apikey: variablesSchema }),
  variable: variablesSchema,
  item: v.array(v.looseObject({ name: v.string(), item: v.array(itemSchema) })),
});
const environmentSchema = v.looseObject({ values: variablesSchema });

/** The collection of docs/postman. */
export const COLLECTION = v.parse(collectionSchema, JSON.parse(readFileSync(COLLECTION_FILE, 'utf8')));
/** The environment of docs/postman. */
export const ENVIRONMENT = v.parse(environmentSchema, JSON.parse(readFileSync(ENVIRONMENT_FILE, 'utf8')));

export const [FIRST_STEPS, ...TAGS] = COLLECTION.item;
