import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningServer, startServer, tableOf } from '../../tools/harness/server.ts';
import { LOCAL_DATA, manage } from '../support/manage.ts';

const USERS = 400;
const POSTS = 800;
const PASSWORD = 'canary-password-of-import';
const MOMENT = '2019-06-04T15:00:01';

let server: RunningServer;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-import-'));
  server = await startServer();
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const userOf = (pk: number) => ({
  model: 'auth.user',
  pk,
  fields: { username: `dump-${pk}`, password: '!', email: '', date_joined: MOMENT },
});
const postOf = (pk: number) => ({
  model: 'blog.post',
  pk,
  fields: {
    ...{ author: 1, title: `dump-${pk}`, content: 'x'.repeat(500), published_at: MOMENT },
    ...{ created_at: MOMENT, updated_at: MOMENT },
  },
});

/** Waits until an import has stored some of its posts. */
async function untilSomeImported(): Promise<void> {
  const table = await tableOf(server);
  try {
    for (let imported = 0; imported < 50; ) {
      const { Items = [] } = await table.client.send(
        new ScanCommand({
          TableName: table.name,
          FilterExpression: 'begins_with(title, :dump)',
          ProjectionExpression: 'pk',
          ExpressionAttributeValues: { ':dump': 'dump-' },
        }),
      );
      imported = Items.length;
    }
  } finally {
    table.client.destroy();
  }
}

it('loaddata loses no record and assigns no id twice if it is killed while other commands run', async () => {
  const { env } = server;
  const file = join(folder, 'dump.json');
  const records = [...numbers(USERS).map(userOf), ...numbers(POSTS).map(postOf)];
  await writeFile(file, JSON.stringify(records));
  const addPost = (title: string) =>
    manage(['posts', 'add', '--title', title, '--author', 'admin', '--content', title], { env });
  const addUser = (name: string) =>
    manage(['createsuperuser', '--username', name, '--email', '', '--password-stdin'], {
      env,
      input: PASSWORD,
    });

  let loaddata: ChildProcess | undefined;
  const running = manage(['loaddata', file], {
    env,
    onStart: (child) => {
      loaddata = child;
    },
  });
  await untilSomeImported();
  // Paused, so that it does not end before the other commands.
  loaddata?.kill('SIGSTOP');
  const during = await Promise.all([addPost('during'), addUser('during')]);
  loaddata?.kill('SIGKILL');
  expect((await running).code).toBeNull();
  const after = [await addPost('after'), await addUser('after')];
  for (const result of [...during, ...after]) expect(result).toMatchObject({ code: 0, stderr: LOCAL_DATA });
  // Higher than all ids of the dump, including those not yet stored. `admin` of the first start uses the first id.
  expect([...during, ...after].map(({ stdout }) => stdout)).toEqual([
    `Post ${POSTS + 1} was added as a draft.\n`,
    `during was created with the id ${USERS + 2}.\n`,
    `Post ${POSTS + 2} was added as a draft.\n`,
    `after was created with the id ${USERS + 3}.\n`,
  ]);
  expect(await manage(['loaddata', file], { env })).toMatchObject({ code: 0, stderr: LOCAL_DATA });

  const dump: { model: string; pk: number; fields: { username?: string; title?: string } }[] = JSON.parse(
    (await manage(['dumpdata'], { env })).stdout,
  );
  const there = dump.map(({ model, pk, fields }) => `${model} ${pk} ${fields.username ?? fields.title}`);
  for (const { model, pk } of records) expect(there).toContain(`${model} ${pk} dump-${pk}`);
  for (const name of ['during', 'after']) {
    expect(dump.filter(({ fields }) => [fields.username, fields.title].includes(name))).toHaveLength(2);
  }
  const ids = dump.map(({ model, pk }) => `${model} ${pk}`);
  expect(new Set(ids).size).toBe(ids.length);
}, 180_000);
