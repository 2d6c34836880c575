import { readFile } from 'node:fs/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ScanCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { load } from 'js-yaml';

const DEFINITION = new URL('../deploy/resources/table.yml', import.meta.url);
const WAIT_SECONDS = 30;

/** Creates the table from the definition that `serverless.yml` deploys, and waits until it is active. */
export async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  const definition = load(await readFile(DEFINITION, 'utf8')) as Omit<CreateTableCommandInput, 'TableName'>;
  await client.send(new CreateTableCommand({ ...definition, TableName: name }));
  await waitUntilTableExists({ client, maxWaitTime: WAIT_SECONDS, minDelay: 1 }, { TableName: name });
}

/** Returns whether a table has no items. */
export async function isTableEmpty(client: DynamoDBClient, name: string): Promise<boolean> {
  const { Count = 0 } = await client.send(new ScanCommand({ TableName: name, Limit: 1 }));
  return Count === 0;
}
