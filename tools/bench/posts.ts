import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { LISTING_INDEX, PUBLISHED } from '../../lib/dynamodb/keys.ts';
import { admitted, proxyEvent } from '../harness/events.ts';
import { storePosts } from '../harness/seed.ts';
import { createService } from '../harness/service.ts';
import { withTestTable } from '../harness/table.ts';
import { warn } from '../kit/terminal.ts';
import { interleaved } from './measure.ts';
import { against, type BenchOptions, type Measurement, ratio } from './results.ts';
import { PAGE } from './workload.ts';

/** A limit that this project sets itself. docs/round-trips.md has the number of queries. */
const LIMIT = 1.5;

/** The numbers of posts by default. */
export const POSTS: readonly number[] = [100, 100_000];

/** Compares a page of posts with the query for the same posts, with few and with many older posts. */
export async function bench({ posts = POSTS }: BenchOptions): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const count of posts) measurements.push(await benchAt(count));
  return measurements;
}

const benchAt = (count: number): Promise<Measurement> =>
  withTestTable(async (table) => {
    warn(`storing ${count.toLocaleString('en')} posts …`);
    await storePosts(table, count);
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
    if (status !== 200) throw new Error(`the posts responded with ${status}`);
    const { ours, bare } = await interleaved(
      { ours: () => service.invoke('posts', event), bare: () => table.client.send(bareQuery) },
      { rounds: 100 },
    );
    const what = `a page of ${PAGE} of ${count.toLocaleString('en')} posts`;
    return ratio(what, ours, bare, { limit: LIMIT, detail: `${against(ours, bare, 2)} of the bare query` });
  });
