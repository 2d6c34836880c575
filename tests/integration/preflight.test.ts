import { randomUUID } from 'node:crypto';
import { CreateTableCommand, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DeploymentPlan, findObstacles } from '../../deploy/preflight.ts';
import type { Stack } from '../../deploy/stack.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { startParameterStore, type TestParameterStore } from '../support/parameter-store.ts';

const SECRET = '/latchkey/prod/jwt-secret-key';
const CLIENT = { region: 'eu-central-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

let table: TestTable;
let store: TestParameterStore;
let ssm: SSMClient;
/** These tests do not reserve concurrency, so Lambda is not called. */
const lambda = new LambdaClient({ ...CLIENT, maxAttempts: 1 });
beforeAll(async () => {
  [table, store] = await Promise.all([createTestTable(), startParameterStore()]);
  ssm = new SSMClient({ ...CLIENT, endpoint: store.endpoint, maxAttempts: 1 });
});
beforeEach(() => {
  store.values.set(SECRET, 'a secret');
});
afterAll(async () => {
  ssm.destroy();
  lambda.destroy();
  await Promise.all([table.remove(), store.close()]);
});

const PLAN: DeploymentPlan = {
  stage: 'prod',
  region: 'eu-central-1',
  tableName: 'latchkey-prod',
  isTableNamed: false,
  createTable: true,
  reservedConcurrency: 'none',
  secretParameter: SECRET,
};
const obstacles = (plan: Partial<DeploymentPlan> = {}, stack?: Stack) =>
  findObstacles({ ...PLAN, ...plan }, stack, { dynamodb: table.client, lambda, ssm });
/** A stage that uses a restored table. */
const MOVED: Stack = {
  name: 'latchkey-prod',
  status: 'UPDATE_COMPLETE',
  outputs: new Map([['TableName', 'latchkey-prod-2']]),
  resources: new Map(),
};
const stackIn = (status: string): Stack => ({
  name: 'latchkey-prod',
  status,
  outputs: new Map(),
  resources: new Map(),
});

async function createForeignTable(definition: Partial<CreateTableCommandInput>): Promise<string> {
  const TableName = `foreign-${randomUUID()}`;
  await table.client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      ...definition,
    }),
  );
  return TableName;
}

describe('findObstacles', () => {
  it('returns nothing for a first deployment with a secret', async () => {
    expect(await obstacles()).toEqual([]);
  });

  it('reports a secret that does not exist', async () => {
    store.values.clear();
    expect(await obstacles()).toEqual([
      `The signing secret ${SECRET} (eu-central-1) does not exist. Create it: npm run manage -- secret create --stage prod`,
    ]);
  });

  it('does not require the permission to read the parameter', async () => {
    store.next.push({ status: 400, type: 'AccessDeniedException' });
    expect(await obstacles()).toEqual([]);
  });

  it.each(['UPDATE_IN_PROGRESS', 'CREATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'DELETE_IN_PROGRESS'])(
    'reports a stack in state %s',
    async (status) => {
      expect(await obstacles({}, stackIn(status))).toEqual([
        `The stack is in the state ${status}. Another operation is running. Wait until it ends, ` +
          'then deploy again.',
      ]);
    },
  );

  it('accepts a stack whose creation was interrupted before it started', async () => {
    expect(await obstacles({}, stackIn('REVIEW_IN_PROGRESS'))).toEqual([]);
  });

  it('names the command for a stack that CloudFormation cannot update', async () => {
    expect(await obstacles({}, stackIn('ROLLBACK_COMPLETE'))).toEqual([
      expect.stringContaining('(npm run remove -- --stage prod --region eu-central-1)'),
    ]);
    expect(await obstacles({}, stackIn('UPDATE_ROLLBACK_FAILED'))).toEqual([
      expect.stringContaining(
        'aws cloudformation continue-update-rollback --region eu-central-1 --stack-name latchkey-prod.',
      ),
    ]);
  });

  it.each([true, false])(
    'reports that the stage would move to another table without TABLE_NAME, with CREATE_TABLE=%s',
    async (createTable) => {
      expect(await obstacles({ createTable }, MOVED)).toEqual([
        'The stage uses the table latchkey-prod-2. This deployment would move it to latchkey-prod. ' +
          'Set TABLE_NAME=latchkey-prod-2 and CREATE_TABLE=false. ' +
          'To move the stage, set TABLE_NAME to an existing table, and CREATE_TABLE=false.',
      ]);
    },
  );

  it('accepts the move of a stage to the table of TABLE_NAME', async () => {
    const plan = { tableName: table.name, isTableNamed: true, createTable: false };
    expect(await obstacles(plan, MOVED)).toEqual([]);
  });

  it('accepts an existing table of the service', async () => {
    expect(await obstacles({ tableName: table.name, createTable: false })).toEqual([]);
  });

  it('reports an existing table with another key', async () => {
    const tableName = await createForeignTable({});
    expect(await obstacles({ tableName, createTable: false })).toEqual([
      `The table ${tableName} lacks the key pk (HASH, S). Use a table of Latchkey. A restored table needs its indexes.`,
    ]);
  });

  it('reports an existing table whose index has another key', async () => {
    const tableName = await createForeignTable({
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'listing',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    expect(await obstacles({ tableName, createTable: false })).toEqual([
      `The table ${tableName} lacks the index listing on listing (HASH, S) and listing_order (RANGE, S), projection ALL. ` +
        'Use a table of Latchkey. A restored table needs its indexes.',
    ]);
  });
});
