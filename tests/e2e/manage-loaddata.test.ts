import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIXTURE } from '../../contract/cases.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { LOCAL_DATA, manage } from '../support/manage.ts';

const fixture = fileURLToPath(FIXTURE);
const ALL = 'Users: 12 created, 0 updated, 0 unchanged, 0 invalid';

let folder = '';
/** The data of a test in an external engine, which the tests share. */
let external: TestTable | undefined;
beforeEach(async () => {
  external = process.env.DYNAMODB_ENDPOINT ? await createTestTable() : undefined;
  folder = await mkdtemp(join(tmpdir(), 'latchkey-loaddata-'));
  await mkdir(join(folder, 'tmp'));
});
afterEach(async () => {
  await external?.remove();
  await rm(folder, { recursive: true, force: true });
});

const environment = () => ({
  LATCHKEY_DATA_DIR: join(folder, 'data'),
  TMPDIR: join(folder, 'tmp'),
  ...(external && { TABLE_NAME: external.name }),
});
/** The temporary files of the command. */
const copies = async () =>
  (await readdir(join(folder, 'tmp'))).filter((name) => name.startsWith('latchkey-'));

describe('loaddata', () => {
  it.skipIf(process.platform === 'win32')('reads a named pipe, which can be read only once', async () => {
    const fifo = join(folder, 'fifo');
    const dump = gzipSync(await readFile(fixture));
    await promisify(execFile)('mkfifo', [fifo]);
    const [result] = await Promise.all([
      manage(['loaddata', fifo], { env: environment() }),
      pipeline(Readable.from([dump]), createWriteStream(fifo)),
    ]);
    expect(result).toMatchObject({ code: 0, stderr: LOCAL_DATA });
    expect(result.stdout).toContain(ALL);
    expect(await copies()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('reads records without a pk from /dev/stdin', async () => {
    const records: { pk?: number }[] = JSON.parse(await readFile(fixture, 'utf8'));
    const input = JSON.stringify(records.map(({ pk: _, ...record }) => record));
    const result = await manage(['loaddata', '/dev/stdin', '--dry-run'], { env: environment(), input });
    expect(result.stdout).toContain(ALL);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'leaves no copy of its input behind after %s',
    async (signal) => {
      const ended = manage(['loaddata', '-', '--dry-run'], {
        env: environment(),
        input: new Uint8Array(1_000_000).fill(0x20),
        // Once a megabyte has left the pipe, most of it is in the copy.
        onInput: (child) => child.kill(signal),
      });
      expect((await ended).code).not.toBe(0);
      expect(await copies()).toEqual([]);
    },
  );

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says that it stopped if %s arrives during the copy',
    async (signal) => {
      const blank = Buffer.alloc(1_000_000, ' ');
      const { code, stderr } = await manage(['loaddata', '-'], {
        env: environment(),
        input: blank,
        onInput: (child) => {
          // The copy is being written when the signal arrives.
          const more = () => child.stdin?.write(blank, (error) => error ?? more());
          more();
          child.kill(signal);
        },
      });
      expect([code, stderr]).toEqual([1, 'Stopped. Nothing was changed.\n']);
    },
  );

  it('escapes control characters of a dump in its output', async () => {
    const file = join(folder, 'dump.json');
    const fields = {
      username: 'a\u001b]0;p\u0007\u202eb',
      password: 'plain',
      date_joined: '2019-06-04T15:00:01',
    };
    const records = [
      { model: 'x\u001b]0;p\u0007\u202e\u2028.y', pk: 1, fields: {} },
      { model: 'auth.user', pk: 1, fields },
      { model: 'auth.user', pk: 2, fields: { ...fields, '\u009b\u202e': 1 } },
    ];
    await writeFile(file, JSON.stringify(records));
    const loaded = await manage(['loaddata', file], { env: environment() });
    expect(loaded.code).toBe(1);
    expect(loaded.stdout).toContain('x\\u001b]0;p\\u0007\\u202e\\u2028.y');
    expect(loaded.stderr).toContain('a\\u001b]0;p\\u0007\\u202eb');
    const listed = await manage(['users', 'list'], { env: environment() });
    const json = await manage(['users', 'list', '--json'], { env: environment() });
    expect(JSON.parse(json.stdout)).toMatchObject({ username: fields.username });
    const printed = [loaded, listed, json].map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(printed).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}]/u);
  });

  it('lists datetimes in one format after an import with --time-zone, which is not advised again', async () => {
    const run = (args: string[], input = '') => manage(args, { env: environment(), input });
    await run(['users', 'add', 'here', '--password-stdin'], 'canary-password-of-a-list');
    await run(['posts', 'add', '--title', 'T', '--author', 'here', '--content', 'text', '--publish']);
    const loaded = await run(['loaddata', fixture, '--time-zone', 'Asia/Seoul']);
    expect(loaded).toMatchObject({ code: 0, stderr: LOCAL_DATA });
    expect(loaded.stdout).toContain(
      'Datetimes have no offset (USE_TZ = False). They are read as Asia/Seoul.\n',
    );
    expect(loaded.stdout).not.toContain('--time-zone');
    const datetimesOf = async (command: string, name: string) => {
      const lines = (await run([command, 'list', '--json'])).stdout.trim().split('\n');
      return lines.map((line) => v.parse(v.record(v.string(), v.unknown()), JSON.parse(line))[name]);
    };
    for (const datetimes of [
      await datetimesOf('users', 'date_joined'),
      await datetimesOf('posts', 'published_at'),
    ]) {
      expect(datetimes.length).toBeGreaterThan(1);
      for (const datetime of datetimes) expect(datetime ?? '').not.toMatch(/Z|[+-]\d\d:\d\d$/);
    }
  });

  it('rejects a folder and an option that is not valid', async () => {
    const run = (...args: string[]) => manage(['loaddata', ...args], { env: environment() });
    expect(await run(folder)).toMatchObject({
      code: 1,
      stderr: `${folder} is a folder. Pass the file of the dump.\n`,
    });
    const model = await run(fixture, '--user-model', 'user');
    expect(model).toMatchObject({ code: 2, stderr: expect.stringContaining('such as accounts.user') });
  });

  it('names the user model of a dump without auth.user', async () => {
    const file = join(folder, 'dump.json');
    const fields = { email: 'deku@ua.jp', password: '!', last_login: null };
    await writeFile(file, JSON.stringify([{ model: 'accounts.user', pk: 1, fields }]));
    const refused = await manage(['loaddata', file], { env: environment() });
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('--user-model accounts.user') });
    const args = ['loaddata', file, '--user-model', 'accounts.user', '--username-field', 'email'];
    expect(await manage(args, { env: environment() })).toMatchObject({ code: 0 });
    const listed = await manage(['users', 'list', '--json'], { env: environment() });
    expect(JSON.parse(listed.stdout)).toMatchObject({ id: 1, username: 'deku@ua.jp' });
  });
});
