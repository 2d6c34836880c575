import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { batchGet, batchPut } from '../../lib/dynamodb/batches.ts';
import { createDocumentClient, type Table } from '../../lib/dynamodb/client.ts';

const NAME = 'any';
const itemOf = (pk: string) => ({ pk: { S: pk } });

/** Opens a table of a server that sends the responses in order, and collects the requested items of its table. */
async function openTable(responses: readonly object[]) {
  const requested: unknown[] = [];
  const left = [...responses];
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as { RequestItems: Record<string, unknown> };
    requested.push(body.RequestItems[NAME]);
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify(left.shift() ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createDocumentClient({ region: 'local', endpoint: `http://127.0.0.1:${port}` });
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  const table: Table = { client, name: NAME };
  return { table, requested };
}

it('reads the items again that DynamoDB left unprocessed', async () => {
  const { table, requested } = await openTable([
    { Responses: { [NAME]: [itemOf('a')] }, UnprocessedKeys: { [NAME]: { Keys: [itemOf('b')] } } },
    { Responses: { [NAME]: [itemOf('b')] }, UnprocessedKeys: {} },
  ]);
  expect(await batchGet(table, [{ pk: 'a' }, { pk: 'b' }])).toEqual([{ pk: 'a' }, { pk: 'b' }]);
  expect(requested).toEqual([
    { Keys: [itemOf('a'), itemOf('b')], ConsistentRead: true },
    { Keys: [itemOf('b')], ConsistentRead: true },
  ]);
});

it('writes the items again that DynamoDB left unprocessed', async () => {
  const putOf = (pk: string) => ({ PutRequest: { Item: itemOf(pk) } });
  const { table, requested } = await openTable([{ UnprocessedItems: { [NAME]: [putOf('b')] } }]);
  await batchPut(table, [{ pk: 'a' }, { pk: 'b' }]);
  expect(requested).toEqual([[putOf('a'), putOf('b')], [putOf('b')]]);
});

it('writes at most 25 items in a request', async () => {
  const { table, requested } = await openTable([]);
  await batchPut(
    table,
    Array.from({ length: 26 }, (_, index) => ({ pk: String(index) })),
  );
  expect(requested.map((items) => Array.isArray(items) && items.length).toSorted()).toEqual([1, 25]);
});

it('sends no request for no items', async () => {
  const { table, requested } = await openTable([]);
  expect(await batchGet(table, [])).toEqual([]);
  await batchPut(table, []);
  expect(requested).toEqual([]);
});
