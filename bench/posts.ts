import { BatchWriteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../lib/dynamodb/client.ts';
import { LISTING_INDEX, PUBLISHED, postKey } from '../lib/dynamodb/keys.ts';
import { postAttributes } from '../lib/dynamodb/post-item.ts';
import { admitted, proxyEvent } from '../tests/support/events.ts';
import { createService } from '../tests/support/service.ts';
import { createTestTable } from '../tests/support/table.ts';
import { interleaved } from './measure.ts';
import { type Report, ratio } from './report.ts';

/** Our own bounds: design fixes the number of queries, which a test holds. */
const LIMIT = 1.5;
const PAGE = 20;
const BATCH = 25;

/** A page of posts in process, against the bare query for the same posts, however many older ones there are. */
export async function bench(): Promise<Report[]> {
  return [await benchAt(100), await benchAt(100_000)];
}

async function benchAt(count: number): Promise<Report> {
  const table = await createTestTable();
  try {
    process.stderr.write(`storing ${count.toLocaleString('en')} posts …\n`);
    await store(table, count);
    const service = createService(table);
    const authorizer = { ...admitted, exp: Number.MAX_SAFE_INTEGER };
    const query = { limit: String(PAGE) };
    const event = proxyEvent('GET', { path: '/api/blog/posts/', authorizer, query });
    const bareQuery = new QueryCommand({
      TableName: table.name,
      IndexName: LISTING_INDEX,
      KeyConditionExpression: 'listing = :published',
      ExpressionAttributeValues: { ':published': PUBLISHED },
      ScanIndexForward: false,
      Limit: PAGE + 1,
    });
    const { status } = await service.invoke('posts', event);
    if (status !== 200) throw new Error(`the posts answer ${status}`);
    const { ours, bare } = await interleaved(
      { ours: () => service.invoke('posts', event), bare: () => table.client.send(bareQuery) },
      { rounds: 100 },
    );
    const what = `a page of ${PAGE} of ${count.toLocaleString('en')} posts`;
    return ratio(what, LIMIT, ours, bare, 'the bare query');
  } finally {
    await table.remove();
  }
}

async function store(table: Table, count: number): Promise<void> {
  const first = Date.UTC(2019, 0, 1);
  for (let start = 1; start <= count; start += BATCH) {
    const pks = Array.from({ length: Math.min(BATCH, count - start + 1) }, (_, index) => start + index);
    const items = pks.map((pk) => {
      const at = new Date(first + pk * 60_000).toISOString();
      const dates = { createdAt: at, updatedAt: at, publishedAt: at };
      return {
        ...postKey(pk),
        ...postAttributes({ pk, author: 1, title: `post ${pk}`, content: 'text '.repeat(40), ...dates }),
      };
    });
    const requests = items.map((Item) => ({ PutRequest: { Item } }));
    await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: requests } }));
  }
}
