import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../lib/dynamodb/client.ts';
import { createTable } from '../../local/create-table.ts';
import { startEmbeddedDynamoDB } from '../../local/embedded-dynamodb.ts';

export interface TestTable extends Table {
  readonly endpoint: string;
  remove(): Promise<void>;
}

/** Creates an empty table, in a new embedded DynamoDB or in the engine at an endpoint (`DYNAMODB_ENDPOINT` by default). */
export async function createTestTable(external = process.env.DYNAMODB_ENDPOINT): Promise<TestTable> {
  const engine = external ? undefined : await startEmbeddedDynamoDB();
  const endpoint = engine?.endpoint ?? external ?? '';
  const client = patientClient(endpoint);
  const name = `latchkey-test-${randomUUID()}`;
  await createTable(client, name);
  return {
    client,
    name,
    endpoint,
    remove: async () => {
      await client.send(new DeleteTableCommand({ TableName: name }));
      client.destroy();
      await engine?.close();
    },
  };
}

/** Runs work on a new table and removes the table. */
export async function withTestTable<Result>(work: (table: TestTable) => Promise<Result>): Promise<Result> {
  const table = await createTestTable();
  return work(table).finally(table.remove);
}

/**
 * Creates a client without timeouts. On a busy machine, a call can wait for many seconds while the same process computes.
 * That says nothing about the rule that is tested.
 */
const patientClient = (endpoint: string): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: { httpAgent: { maxSockets: Number.POSITIVE_INFINITY } },
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
