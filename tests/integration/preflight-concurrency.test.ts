import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clients, findObstacles } from '../../deploy/preflight.ts';
import type { Stack } from '../../deploy/stack.ts';
import { createTestTable, type TestTable } from '../support/table.ts';

/** Functions by name, with the concurrency that each reserves; undefined for none. */
const reservations = new Map<string, number | undefined>();
let unreserved = 0;

let table: TestTable;
let server: Server;
let clients: Clients;
beforeAll(async () => {
  table = await createTestTable();
  // Answers as Lambda does to GetAccountSettings and GetFunctionConcurrency.
  server = createServer(({ url = '' }, response) => {
    const [, name] = /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/.exec(url) ?? [];
    const isMissing = name !== undefined && !reservations.has(name);
    const answer =
      name === undefined
        ? { AccountLimit: { UnreservedConcurrentExecutions: unreserved } }
        : { ReservedConcurrentExecutions: reservations.get(name) };
    response
      .writeHead(isMissing ? 404 : 200, isMissing ? { 'X-Amzn-ErrorType': 'ResourceNotFoundException' } : {})
      .end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const config = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  clients = {
    dynamodb: new DynamoDBClient({ ...config, endpoint: table.endpoint }),
    lambda: new LambdaClient({ ...config, endpoint: `http://127.0.0.1:${port}` }),
  };
});
afterAll(async () => {
  clients.dynamodb.destroy();
  clients.lambda.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await table.remove();
});

const deployed = (): Stack => ({
  status: 'UPDATE_COMPLETE',
  outputs: new Map([['TableName', table.name]]),
  resources: new Map([
    ['Table', table.name],
    ['ObtainLambdaFunction', 'latchkey-prod-obtain'],
  ]),
});
const obstaclesOf = (reservedConcurrency: number | 'none', stack?: Stack) => {
  const tableName = stack === undefined ? 'no-such-table' : table.name;
  return findObstacles({ tableName, createTable: true, reservedConcurrency }, stack, clients);
};

describe('a reserved concurrency', () => {
  it('is refused in a first deployment if the account has less to reserve', async () => {
    unreserved = 120;
    expect(await obstaclesOf(20)).toEqual([]);
    expect(await obstaclesOf(21)).toEqual([
      'OBTAIN_RESERVED_CONCURRENCY reserves 21, but the account has 20 to reserve. Set it to none, or to at most 20.',
    ]);
  });

  it('is refused in a later deployment, too, where what the function reserves already is free', async () => {
    unreserved = 120;
    reservations.set('latchkey-prod-obtain', 30);
    expect(await obstaclesOf(50, deployed())).toEqual([]);
    expect(await obstaclesOf(51, deployed())).toEqual([
      expect.stringContaining('the account has 50 to reserve'),
    ]);
  });

  it('is refused in a new account, whose stage reserved none before', async () => {
    unreserved = 10;
    reservations.set('latchkey-prod-obtain', undefined);
    expect(await obstaclesOf(5, deployed())).toEqual([
      'OBTAIN_RESERVED_CONCURRENCY reserves 5, but the account has 0 to reserve. Set it to none.',
    ]);
    expect(await obstaclesOf('none', deployed())).toEqual([]);
  });

  it('is compared with the account if the function of the stack was deleted by hand', async () => {
    unreserved = 150;
    reservations.clear();
    expect(await obstaclesOf(50, deployed())).toEqual([]);
  });
});
