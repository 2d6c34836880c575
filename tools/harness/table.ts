import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type {
  DeleteCommandInput,
  GetCommandInput,
  PutCommandInput,
  QueryCommandInput,
  UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { DocumentClient, type Table } from '../../lib/dynamodb/client.ts';
import { createItemClient, type HttpItemClient } from '../../lib/dynamodb/http-item-client.ts';
import { createTable } from '../../local/create-table.ts';
import { startEmbeddedDynamoDB } from '../../local/embedded-dynamodb.ts';

export interface TestTable extends Table {
  readonly client: TestClient;
  readonly endpoint: string;
  remove(): Promise<void>;
}

/** Creates an empty table, in a new embedded DynamoDB or in the engine at an endpoint (`DYNAMODB_ENDPOINT` by default). */
export async function createTestTable(external = process.env.DYNAMODB_ENDPOINT): Promise<TestTable> {
  const engine = external ? undefined : await startEmbeddedDynamoDB();
  const endpoint = engine?.endpoint ?? external ?? '';
  const client = new TestClient(endpoint);
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

/** Above the time limit of every test. */
const NEVER_MS = 600_000;

/**
 * A document client that sends calls for one item, and queries, like the functions. It has no timeouts: on a busy machine,
 * a call can wait for many seconds while the same process computes. That says nothing about the rule that is tested.
 */
export class TestClient extends DocumentClient {
  /** The client of the functions. */
  readonly items: HttpItemClient;

  constructor(endpoint: string) {
    super(
      new DynamoDBClient({
        endpoint,
        region: 'local',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        requestHandler: { httpAgent: { maxSockets: Number.POSITIVE_INFINITY } },
      }),
    );
    const timeouts = { connectMs: NEVER_MS, requestMs: NEVER_MS, attemptMs: NEVER_MS };
    this.items = createItemClient({ region: 'local', endpoint, timeouts });
  }

  override get(input: GetCommandInput) {
    return this.items.get(input);
  }

  override put(input: PutCommandInput) {
    return this.items.put(input);
  }

  override update(input: UpdateCommandInput) {
    return this.items.update(input);
  }

  override updateOnce(input: UpdateCommandInput) {
    return this.items.updateOnce(input);
  }

  override delete(input: DeleteCommandInput) {
    return this.items.delete(input);
  }

  override query(input: QueryCommandInput) {
    return this.items.query(input);
  }

  override destroy(): void {
    this.items.destroy();
    super.destroy();
  }
}
