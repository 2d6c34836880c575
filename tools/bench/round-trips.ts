import { countRoundTrips } from '../harness/round-trips.ts';
import { withTestTable } from '../harness/table.ts';
import type { Measurement } from './results.ts';

/** The maximum number of DynamoDB requests, by the names in docs/round-trips.md. */
const LIMITS = {
  login: 4,
  'login from a new network': 6,
  'login from a new network that replaces an old hash': 6,
  verify: 1,
  refresh: 1,
  'repeated refresh with the same token': 2,
  'first refresh of a token issued by Django': 2,
  'authorizer of a protected route': 1,
  'page of posts, of any size and position': 1,
};

/** Counts the DynamoDB requests of each endpoint, including retries of the SDK. */
export const bench = (): Promise<Measurement[]> =>
  withTestTable(async (table) => {
    const counted = await countRoundTrips(table);
    return Object.entries(LIMITS).map(([request, limit]) => {
      const calls = counted.get(request) ?? [];
      const what = `DynamoDB calls of ${request}`;
      return { what, unit: 'calls', value: calls.length || Number.NaN, limit, detail: calls.join(', ') };
    });
  });
