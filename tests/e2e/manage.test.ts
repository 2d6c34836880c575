import { execFile } from 'node:child_process';
import { lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE } from '../../contract/cases.ts';
import { DataFolder } from '../../local/data-folder.ts';
import { type RunningServer, startServer } from '../../tools/harness/server.ts';
import { stageEnvironment } from '../support/aws.ts';
import { manage } from '../support/manage.ts';

const fixture = fileURLToPath(FIXTURE);
const PASSWORD = 'canary-password-of-manage';

let server: RunningServer;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-manage-'));
  server = await startServer({ env: { LOGIN_REFUSAL_STEP_MS: '0' } });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], input = '') => manage(args, { env: server.env, input });
const login = async (username: string, password: string) => {
  const body = new URLSearchParams({ username, password });
  return (await fetch(`${server.url}/api/token/`, { method: 'POST', body })).status;
};

describe('while the server runs', () => {
  it('an account is made, locked out, let in, given another password and deleted', async () => {
    const made = await run(['createsuperuser', '--username', 'root', '--password-stdin'], `${PASSWORD}\n`);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(await login('root', PASSWORD)).toBe(200);
    await run(['users', 'disable', 'root']);
    expect(await login('root', PASSWORD)).toBe(400);
    await run(['users', 'enable', 'root']);
    expect(await login('root', PASSWORD)).toBe(200);
    await run(['changepassword', 'root', '--password-stdin'], ` ${PASSWORD} `);
    expect(await login('root', PASSWORD)).toBe(400);
    expect(await login('root', ` ${PASSWORD} `)).toBe(200);
    expect((await run(['users', 'delete', 'root'])).code).toBe(1);
    expect(await run(['users', 'delete', 'root', '--yes'])).toMatchObject({ code: 0, stderr: '' });
    expect(await login('root', ` ${PASSWORD} `)).toBe(400);
    expect((await run(['users', 'delete', 'root', '--yes'])).code).toBe(1);
    expect(made.stdout + server.output()).not.toContain(PASSWORD);
  });

  it('a post is added, published, drafted and deleted', async () => {
    const added = await run(
      ['posts', 'add', '--title', 'T', '--author', 'admin', '--content-file', '-'],
      'text',
    );
    const pk = /\d+/.exec(added.stdout)?.[0] ?? '';
    const listed = async () =>
      JSON.parse((await run(['posts', 'list', '--json'])).stdout.trim().split('\n').at(-1) ?? '');
    expect(await listed()).toEqual({ pk: Number(pk), author: 1, publishedAt: null, title: 'T' });
    await run(['posts', 'publish', pk]);
    expect((await listed()).publishedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await run(['posts', 'unpublish', pk]);
    expect((await listed()).publishedAt).toBeNull();
    expect((await run(['posts', 'delete', pk])).code).toBe(1);
    expect(await run(['posts', 'delete', pk, '--yes'])).toMatchObject({ code: 0 });
    expect(await run(['posts', 'publish', pk])).toMatchObject({
      code: 1,
      stderr: `There is no post ${pk}.\n`,
    });
  });
});

describe('a dump', { timeout: 60_000 }, () => {
  it('goes in and comes out the same, by file and by pipe, for its owner alone', async () => {
    const env = { LATCHKEY_DATA_DIR: join(folder, 'data'), TABLE_NAME: `latchkey-${Date.now()}` };
    const first = await manage(['loaddata', fixture], { env });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toBe(
      'Users: 12 created, 0 updated, 0 unchanged, 0 invalid\nPosts: 9 created, 0 updated, 0 unchanged, 0 invalid\n',
    );
    const output = join(folder, 'out.json');
    // One that anybody may read is not written over, but replaced, also through a link.
    await writeFile(output, 'an older dump', { mode: 0o644 });
    await symlink(output, join(folder, 'link.json'));
    await manage(['dumpdata', '--output', join(folder, 'link.json')], { env });
    expect((await lstat(join(folder, 'link.json'))).isSymbolicLink()).toBe(true);
    expect((await stat(output)).mode & 0o077).toBe(0);
    expect(JSON.parse(await readFile(output, 'utf8'))).toEqual(JSON.parse(await readFile(fixture, 'utf8')));
    const piped = await manage(['dumpdata'], { env });
    const fifo = join(folder, 'fifo');
    await promisify(execFile)('mkfifo', [fifo]);
    const [read] = await Promise.all([
      readFile(fifo, 'utf8'),
      manage(['dumpdata', '--output', fifo], { env }),
    ]);
    expect(read).toBe(piped.stdout);
    const again = await manage(['loaddata', '-'], { env, input: piped.stdout });
    expect(again.stdout).toContain('0 created, 0 updated, 12 unchanged');
  });

  it('with bad records ends with 1 and names them', async () => {
    const file = join(folder, 'bad.json');
    await writeFile(file, '[{"model": "auth.user", "pk": 1, "fields": {}}, {"model": "x.y"}]');
    const result = await run(['loaddata', '--dry-run', file]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(`${file}, record 1 (auth.user): fields.username is missing`);
    expect(result.stdout).toContain('Left out, other models: x.y (1)');
  });
});

describe('a mistake', { timeout: 60_000 }, () => {
  it.each([
    [['nonsense'], 2, 'unknown command'],
    [['posts', 'publish', 'x'], 2, 'A pk is a whole number from 1.'],
    [['loaddata'], 2, 'missing required argument'],
    [['loaddata', '/no/such/file'], 1, 'There is no file /no/such/file.'],
    [['users', 'disable', 'nobody'], 1, 'There is no user "nobody".'],
    [['createsuperuser', '--username', 'admin', '--password-stdin'], 1, 'The username admin is taken.'],
    [['createsuperuser', '--username', 'a b', '--password-stdin'], 1, 'A username is made of'],
    [['dumpdata', '--output', '/no/such/dump.json'], 1, 'There is no folder /no/such.'],
    [['dumpdata', '--output', '/'], 1, '/ is a folder.'],
    [['createsuperuser'], 1, 'There is no terminal to ask at'],
    [['users', 'list', '--stage', 'nowhere'], 1, 'There is no such table: '],
  ])('%j ends with %i and says what it is', async (args, code, said) => {
    const endpoint = args.includes('--stage') ? await endpointOf(server) : {};
    const result = await manage(args, { env: { ...server.env, ...endpoint } });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(said);
    expect(result.stderr).not.toMatch(/^ {4}at /m);
  });

  it('in choosing a password is told as to any user, and changes nothing', async () => {
    const short = await run(['createsuperuser', '--username', 'short', '--password-stdin'], 'p4ss');
    expect(short).toMatchObject({ code: 1, stdout: '' });
    expect(short.stderr).toContain('at least 8 characters');
    expect((await run(['changepassword', 'short', '--password-stdin'], PASSWORD)).stderr).toContain(
      'no user',
    );
    const common = await run(['changepassword', 'admin', '--password-stdin'], 'password123');
    expect(common).toMatchObject({ code: 1, stderr: expect.stringContaining('common') });
  });

  it('in a post that is too large is told before anything is stored', async () => {
    const args = ['posts', 'add', '--title', 'T', '--author', 'admin', '--content-file', '-'];
    const added = await run(args, 'x'.repeat(400_000));
    expect(added).toMatchObject({ code: 1, stderr: expect.stringContaining('too large') });
  });

  it('is not made by asking for help', async () => {
    for (const args of [['--help'], ['loaddata', '--help'], ['posts', 'add', '--help']]) {
      const result = await run(args);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toContain('Usage: manage');
    }
  });
});

/** Makes the DynamoDB of a server the endpoint of a stage that is not deployed there. */
async function endpointOf({ dataDir }: RunningServer): Promise<Record<string, string>> {
  const own = await new DataFolder(dataDir).readRunningStore();
  return stageEnvironment({ dynamodb: own?.endpoint ?? process.env.DYNAMODB_ENDPOINT ?? '' });
}
