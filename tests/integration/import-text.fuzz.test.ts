import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { expect, it } from 'vitest';
import type { Table } from '../../lib/dynamodb/client.ts';
import { load } from '../../manage/import/load.ts';
import { createTestTable } from '../../tools/harness/table.ts';
import { anyLengths, anyText, oddText, RUNS, TIME_MS } from '../support/arbitraries.ts';
import { dumpOf, escapeNonAscii, sourceOf } from '../support/dumps.ts';

/** A lone surrogate cannot be encoded in UTF-8 or stored in an item, so such a record is rejected. */
const storable = fc.oneof(oddText, anyText).filter((text) => text.isWellFormed());
const username = fc
  .oneof(oddText, anyText)
  .filter((text) => text !== '' && text.isWellFormed() && [...text].length <= 150);

const anyUsers = fc.uniqueArray(
  fc.record({ username, password: storable, email: storable, first_name: storable, last_name: storable }),
  { selector: (fields) => fields.username, maxLength: 3 },
);
const anyPosts = fc.array(fc.record({ title: storable, content: storable }), { maxLength: 3 });

const MOMENT = '2019-06-04T15:00:01';
const userOf = (fields: object, index: number) => ({
  model: 'auth.user',
  pk: index + 1,
  fields: {
    ...{ is_active: true, is_staff: false, is_superuser: false },
    ...{ date_joined: MOMENT, last_login: null, user_permissions: [], groups: [['\ufeffeditors']] },
    ...fields,
  },
});
const postOf = (fields: object, index: number) => ({
  model: 'blog.post',
  pk: index + 1,
  fields: { author: 1, created_at: MOMENT, updated_at: MOMENT, published_at: null, ...fields },
});

/** Writes a JSON array of records as a file of a format that is read by its content. */
type Format = (json: string) => string | Uint8Array;
const toLines = (json: string) => {
  const records: unknown[] = JSON.parse(json);
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
};
const FORMATS: Readonly<Record<string, Format>> = {
  array: (json) => json,
  marked: (json) => `\ufeff${json}`,
  lines: (json) => (json === '[]' ? json : toLines(json)),
  gzip: (json) => gzipSync(json),
  zip: (json) => zipSync({ 'dump.json': Buffer.from(json) }),
  stored: (json) => zipSync({ 'dump.json': Buffer.from(json) }, { level: 0 }),
};
const anyFormat = fc.constantFrom(...Object.keys(FORMATS));

async function importDump(table: Table, dump: string | Uint8Array, lengths: readonly number[]) {
  const problems: string[] = [];
  const onProblem = (line: string) => problems.push(line);
  const report = await load({ table, sources: [sourceOf(dump, lengths)], dryRun: false, onProblem });
  expect(problems).toEqual([]);
  return report;
}

it(
  'exports every code point of an imported dump, raw or escaped, with any chunk boundaries',
  () =>
    fc.assert(
      fc.asyncProperty(
        // The author of the posts.
        anyUsers.filter((users) => users.length > 0),
        anyPosts,
        fc.constantFrom(escapeNonAscii, (text: string) => text),
        anyFormat,
        anyLengths,
        async (users, posts, write, format, lengths) => {
          const formatted = FORMATS[format] ?? ((json: string) => json);
          const [table, other] = [await createTestTable(), await createTestTable()];
          try {
            const records = [...users.map(userOf), ...posts.map(postOf)];
            await importDump(table, formatted(write(JSON.stringify(records))), lengths);
            const dump = await dumpOf(table);
            expect(JSON.parse(dump)).toEqual(records);
            await importDump(other, formatted(write(dump.trim())), lengths);
            expect(await dumpOf(other)).toBe(dump);
            const { users: again, posts: alike } = await importDump(table, dump, lengths);
            expect([again.unchanged, alike.unchanged]).toEqual([users.length, posts.length]);
          } finally {
            await Promise.all([table.remove(), other.remove()]);
          }
        },
      ),
      { numRuns: Math.ceil(RUNS / 200) },
    ),
  TIME_MS,
);

it(
  'a dump with natural keys comes out with the ids that its users were assigned, in any order of its records',
  () =>
    fc.assert(
      fc.asyncProperty(
        anyUsers.filter((users) => users.length > 0),
        anyPosts,
        anyFormat,
        fc.boolean(),
        async (users, posts, format, postsFirst) => {
          const formatted = FORMATS[format] ?? ((json: string) => json);
          const table = await createTestTable();
          try {
            const people = users.map(userOf).map(({ pk: _, ...record }) => record);
            const author = [users[0]?.username];
            const texts = posts.map((fields, index) => postOf({ ...fields, author }, index));
            const records = postsFirst ? [...texts, ...people] : [...people, ...texts];
            await importDump(table, formatted(JSON.stringify(records)), [1000]);
            const dump = await dumpOf(table);
            expect(JSON.parse(dump)).toEqual([...users.map(userOf), ...posts.map(postOf)]);
            await importDump(table, formatted(JSON.stringify(records)), [1000]);
            expect(await dumpOf(table)).toBe(dump);
          } finally {
            await table.remove();
          }
        },
      ),
      { numRuns: Math.ceil(RUNS / 200) },
    ),
  TIME_MS,
);

it.each([
  ['fields.title', postOf({ title: '\ud800', content: '' }, 0)],
  ['fields.first_name', userOf({ username: 'deku', password: '', first_name: '\udc00' }, 0)],
  ['fields.groups', userOf({ username: 'deku', password: '', groups: [['\ud800']] }, 0)],
])('rejects a lone surrogate in %s instead of replacing it', async (field, record) => {
  const table = await createTestTable();
  const problems: string[] = [];
  const sources = [sourceOf(JSON.stringify([record]))];
  await load({ table, sources, dryRun: false, onProblem: (line) => problems.push(line) });
  expect(problems).toEqual([expect.stringContaining(`${field} contains an unpaired surrogate`)]);
  expect(JSON.parse(await dumpOf(table))).toEqual([]);
  await table.remove();
});
