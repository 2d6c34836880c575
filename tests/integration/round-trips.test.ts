import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { countRoundTrips } from '../../tools/harness/round-trips.ts';
import { createService } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { cheapHash, userOf } from '../../tools/harness/users.ts';
import { tableUserOf } from '../support/table-calls.ts';

const PASSWORD = 'Plus-Ultra-2019';

/** The table in docs/round-trips.md: the calls of each request by its name. */
const documented = new Map(
  [
    ...readFileSync(new URL('../../docs/round-trips.md', import.meta.url), 'utf8').matchAll(
      /^\| (.+) \| (.+) \|$/gm,
    ),
  ]
    .filter(([, request]) => request !== 'request' && request !== 'refused attempt')
    .map(([, request = '', calls = '']) => [request, calls]),
);

let table: TestTable;
let counted: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  table = await createTestTable();
  counted = await countRoundTrips(table);
});
afterAll(() => table.remove());

/** Consecutive calls of one operation are one entry of the table. */
const abbreviated = (calls: readonly string[]): string =>
  calls.length === 0
    ? 'none'
    : calls
        .join(', ')
        .replace(/(\w+)(?:, \1)+/g, (run, operation: string) => `${operation} ×${run.split(', ').length}`);

it.each([...documented])('docs/round-trips.md lists the DynamoDB calls of: %s', (request, calls) => {
  expect(abbreviated(counted.get(request) ?? [])).toBe(calls);
});

it('docs/round-trips.md lists all requests', () => {
  expect([...documented.keys()].toSorted()).toEqual([...counted.keys()].toSorted());
});

describe('login', () => {
  it.each([
    [101, 'a current hash', () => createPasswords().hash(PASSWORD)],
    [102, 'an old hash', async () => cheapHash(PASSWORD)],
  ])('makes its calls in two rounds, or three from a new network, with $1', async (id, _, hash) => {
    const username = `user-${id}`;
    await createUserRepository(table).create(userOf({ id, username, password: await hash() }));
    // The numbers of concurrent calls: of the first login, from a new network, and of the next one.
    for (const rounds of [
      [2, 1, 3],
      [2, 2],
    ]) {
      const held: (() => void)[] = [];
      const user = tableUserOf(table, async (call) => {
        await new Promise<void>((resolve) => {
          held.push(resolve);
          if (held.length < (rounds[0] ?? 0)) return;
          rounds.shift();
          for (const release of held.splice(0)) release();
        });
        await call();
      });
      const reply = await createService(user, {}).post('obtain', { username, password: PASSWORD });
      user.close();
      expect(reply.status).toBe(200);
      expect(rounds).toEqual([]);
      expect(held).toEqual([]);
    }
  });
});
