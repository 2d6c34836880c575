import { readFile } from 'node:fs/promises';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { load } from 'js-yaml';
import * as v from 'valibot';

const DEFINITION = new URL('resources/table.yml', import.meta.url);

const keySchema = v.array(v.object({ AttributeName: v.string(), KeyType: v.string() }));
const definitionSchema = v.object({
  AttributeDefinitions: v.array(v.object({ AttributeName: v.string(), AttributeType: v.string() })),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: v.array(
    v.object({
      IndexName: v.string(),
      KeySchema: keySchema,
      Projection: v.object({ ProjectionType: v.string() }),
    }),
  ),
});
type Definition = v.InferOutput<typeof definitionSchema>;

/**
 * Compares a table with the definition of the table of the service. Additional indexes are allowed.
 *
 * @returns the first part that is missing; undefined if there is none
 */
export async function findDifference(table: TableDescription): Promise<string | undefined> {
  const wanted = v.parse(definitionSchema, load(await readFile(DEFINITION, 'utf8')));
  const { output: found, success } = v.safeParse(definitionSchema, { GlobalSecondaryIndexes: [], ...table });
  if (!success || describeKey(found, found.KeySchema) !== describeKey(wanted, wanted.KeySchema)) {
    return `the key ${describeKey(wanted, wanted.KeySchema)}`;
  }
  const missing = describeIndexes(wanted).find((index) => !describeIndexes(found).includes(index));
  return missing === undefined ? undefined : `the index ${missing}`;
}

const describeIndexes = (definition: Definition): string[] =>
  definition.GlobalSecondaryIndexes.map(
    ({ IndexName, KeySchema, Projection }) =>
      `${IndexName} on ${describeKey(definition, KeySchema)}, projection ${Projection.ProjectionType}`,
  );

function describeKey({ AttributeDefinitions }: Definition, key: Definition['KeySchema']): string {
  const parts = key.map(({ AttributeName, KeyType }) => {
    const type = AttributeDefinitions.find((each) => each.AttributeName === AttributeName)?.AttributeType;
    return `${AttributeName} (${KeyType}, ${type})`;
  });
  return parts.join(' and ');
}
