import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentPlan, findObstacles } from '../../deploy/preflight.ts';
import type { Stack } from '../../deploy/stack.ts';
import { createTestTable, type TestTable } from '../support/table.ts';

const OTHER_TABLE = 'latchkey-without-index';
const NO_TABLE = 'latchkey-new';

let table: TestTable;
let lambda: LambdaClient;
let server: Server;
/** The concurrency of the account that is not reserved. */
let unreserved = 1000;

beforeAll(async () => {
  table = await createTestTable();
  await table.client.send(
    new CreateTableCommand({
      TableName: OTHER_TABLE,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  // https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
  server = createServer((_, response) => {
    const settings = {
      AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: unreserved },
    };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(settings));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  lambda = new LambdaClient({
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
afterAll(async () => {
  lambda.destroy();
  server.closeAllConnections();
  server.close();
  await table.remove();
});

const stackOf = ({
  status = 'UPDATE_COMPLETE',
  outputs = {},
  resources = {},
}: {
  status?: string;
  outputs?: Readonly<Record<string, string>>;
  resources?: Readonly<Record<string, string>>;
} = {}): Stack => ({
  status,
  outputs: new Map(Object.entries(outputs)),
  resources: new Map(Object.entries(resources)),
});
const obstacles = (plan: Partial<DeploymentPlan> = {}, stack?: Stack): Promise<string[]> =>
  findObstacles({ tableName: NO_TABLE, createTable: true, reservedConcurrency: 'none', ...plan }, stack, {
    dynamodb: table.client,
    lambda,
  });

describe('findObstacles', () => {
  it('finds none for a first deployment that creates its table', async () => {
    expect(await obstacles()).toEqual([]);
  });

  it.each([
    ['ROLLBACK_COMPLETE', 'npm run remove'],
    ['ROLLBACK_FAILED', 'npm run remove'],
    ['DELETE_FAILED', 'npm run remove'],
    ['UPDATE_ROLLBACK_FAILED', 'continue-update-rollback'],
  ])('refuses a stack in the state %s, and names the way out', async (status, remedy) => {
    const [obstacle, ...others] = await obstacles({}, stackOf({ status }));
    expect(others).toEqual([]);
    expect(obstacle).toContain(`The stack is in the state ${status}.`);
    expect(obstacle).toContain(remedy);
  });

  it.each(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'])(
    'accepts a stack in the state %s',
    async (status) => {
      expect(await obstacles({}, stackOf({ status }))).toEqual([]);
    },
  );

  describe('with CREATE_TABLE=false', () => {
    it('accepts a table with the index', async () => {
      expect(await obstacles({ createTable: false, tableName: table.name })).toEqual([]);
    });

    it('refuses a table that does not exist', async () => {
      expect(await obstacles({ createTable: false })).toEqual([
        `The table ${NO_TABLE} does not exist. Set TABLE_NAME to an existing table, or CREATE_TABLE=true.`,
      ]);
    });

    it('refuses a table without the index', async () => {
      expect(await obstacles({ createTable: false, tableName: OTHER_TABLE })).toEqual([
        `The table ${OTHER_TABLE} has no index listing. Restore it with its indexes.`,
      ]);
    });
  });

  describe('with CREATE_TABLE=true', () => {
    it('accepts the table that the stack owns', async () => {
      const stack = stackOf({ outputs: { TableName: table.name }, resources: { Table: table.name } });
      expect(await obstacles({ tableName: table.name }, stack)).toEqual([]);
    });

    it('refuses an existing table that the stack does not own', async () => {
      for (const stack of [undefined, stackOf({ outputs: { TableName: table.name } })]) {
        expect(await obstacles({ tableName: table.name }, stack)).toEqual([
          `The table ${table.name} exists, and the stack does not own it. Set CREATE_TABLE=false to use it.`,
        ]);
      }
    });

    it('refuses to replace the table of the stage by an empty one', async () => {
      const stack = stackOf({ outputs: { TableName: table.name }, resources: { Table: table.name } });
      expect(await obstacles({}, stack)).toEqual([
        expect.stringContaining(`The stage uses the table ${table.name}.`),
      ]);
    });
  });

  it('reports the table and the concurrency together', async () => {
    unreserved = 10;
    expect(await obstacles({ createTable: false, reservedConcurrency: 1 })).toHaveLength(2);
  });
});
