import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countRoundTrips } from '../../tools/harness/round-trips.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';

/** The table of the document: the calls of each request by what it is called. */
const documented = new Map(
  [
    ...readFileSync(new URL('../../docs/round-trips.md', import.meta.url), 'utf8').matchAll(
      /^\| (.+) \| (.+) \|$/gm,
    ),
  ]
    .filter(([, request]) => request !== 'request')
    .map(([, request = '', calls = '']) => [request, calls]),
);

let table: TestTable;
let counted: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  table = await createTestTable();
  counted = await countRoundTrips(table);
});
afterAll(() => table.remove());

/** Calls of one operation in a row are one entry of the table. */
const abbreviated = (calls: readonly string[]): string =>
  calls.length === 0
    ? 'none'
    : calls
        .join(', ')
        .replace(/(\w+)(?:, \1)+/g, (run, operation: string) => `${operation} ×${run.split(', ').length}`);

it.each([...documented])('the document is right about %s', (request, calls) => {
  expect(abbreviated(counted.get(request) ?? [])).toBe(calls);
});

it('the document leaves nothing out', () => {
  expect([...documented.keys()].toSorted()).toEqual([...counted.keys()].toSorted());
});
