import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { expect, it, vi } from 'vitest';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { PostRepository } from '../../lib/dynamodb/posts.ts';
import { createTable } from '../../local/create-table.ts';
import { startEmbeddedDynamoDB } from '../../local/embedded-dynamodb.ts';
import { ANSWER_MS } from '../../tools/harness/time-limits.ts';
import { postOf } from '../support/posts.ts';

it('leaves no iterator open after a query, whether it was read to the end or not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
  const engine = await startEmbeddedDynamoDB(folder);
  const client = createDocumentClient({ region: 'local', endpoint: engine.endpoint });
  await createTable(client, 'latchkey');
  const posts = new PostRepository({ client, name: 'latchkey' });
  for (let pk = 1; pk <= 5; pk += 1) await posts.put(postOf({ pk }));
  const opening = vi.spyOn(ClassicLevel.prototype, 'values');
  expect((await posts.page(undefined, 2)).posts).toHaveLength(2);
  expect((await posts.page(undefined, undefined)).posts).toHaveLength(5);
  const iterators = opening.mock.results.map(({ value }) => value);
  expect(iterators.length).toBeGreaterThanOrEqual(2);
  // A closed one says so to whoever asks for more.
  await vi.waitFor(async () => {
    for (const iterator of iterators) await expect(iterator.next()).rejects.toThrow('not open');
  }, ANSWER_MS);
  opening.mockRestore();
  client.destroy();
  await engine.close();
  await rm(folder, { recursive: true });
});
