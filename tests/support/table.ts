import { randomUUID } from 'node:crypto';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { createDocumentClient, type Table } from '../../lib/dynamodb/client.ts';
import { createTable } from '../../local/create-table.ts';
import { startEmbeddedDynamoDB } from '../../local/embedded-dynamodb.ts';

export interface TestTable extends Table {
  readonly endpoint: string;
  remove(): Promise<void>;
}

/** A new, empty table: in an embedded DynamoDB of its own, or in the engine at an endpoint, which `DYNAMODB_ENDPOINT` names. */
export async function createTestTable(external = process.env.DYNAMODB_ENDPOINT): Promise<TestTable> {
  const engine = external ? undefined : await startEmbeddedDynamoDB();
  const endpoint = engine?.endpoint ?? external ?? '';
  const client = createDocumentClient({ region: 'local', endpoint });
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
