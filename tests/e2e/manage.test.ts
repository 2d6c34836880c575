import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE } from '../../contract/cases.ts';
import { postKey } from '../../lib/dynamodb/keys.ts';
import { DataFolder } from '../../local/data-folder.ts';
import { type RunningServer, tableOf } from '../../tools/harness/server.ts';
import { stageEnvironment } from '../support/aws.ts';
import { LOCAL_DATA, manage } from '../support/manage.ts';
import { startBuiltServer } from '../support/programs.ts';

const fixture = fileURLToPath(FIXTURE);
const PASSWORD = 'canary-password-of-manage';

let server: RunningServer;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-manage-'));
  server = await startBuiltServer({ env: { LOGIN_REFUSAL_STEP_MS: '0' } });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], input: string | Uint8Array = '') =>
  manage(args, { env: server.env, input });
const login = async (username: string, password: string) => {
  const body = new URLSearchParams({ username, password });
  return (await fetch(`${server.url}/api/token/`, { method: 'POST', body })).status;
};

describe('manage while the server runs', () => {
  it('creates, disables, enables and deletes a user, and changes the password', async () => {
    const created = await run(['createsuperuser', '--username', 'root', '--password-stdin'], `${PASSWORD}\n`);
    expect(created).toMatchObject({ code: 0, stderr: LOCAL_DATA });
    expect(await login('root', PASSWORD)).toBe(200);
    await run(['users', 'disable', 'root']);
    expect(await login('root', PASSWORD)).toBe(400);
    await run(['users', 'enable', 'root']);
    expect(await login('root', PASSWORD)).toBe(200);
    await run(['changepassword', 'root', '--password-stdin'], ` ${PASSWORD} `);
    expect(await login('root', PASSWORD)).toBe(400);
    expect(await login('root', ` ${PASSWORD} `)).toBe(200);
    expect((await run(['users', 'delete', 'root'])).code).toBe(1);
    expect(await run(['users', 'delete', 'root', '--yes'])).toMatchObject({ code: 0, stderr: LOCAL_DATA });
    expect(await login('root', ` ${PASSWORD} `)).toBe(400);
    expect((await run(['users', 'delete', 'root', '--yes'])).code).toBe(1);
    expect(created.stdout + server.output()).not.toContain(PASSWORD);
  });

  it('adds users without rights, or with is_staff', async () => {
    const add = (...args: string[]) => run(['users', 'add', ...args, '--password-stdin'], `${PASSWORD}\n`);
    const added = await add('ochaco', '--email', 'ochaco@example.com');
    expect(added).toMatchObject({ code: 0, stderr: LOCAL_DATA });
    expect(added.stdout).toMatch(/^ochaco was created with the id \d+\.\n$/);
    expect(await add('aizawa', '--staff')).toMatchObject({ code: 0, stderr: LOCAL_DATA });
    expect(await login('ochaco', PASSWORD)).toBe(200);
    const dump: { fields: { username?: string } }[] = JSON.parse((await run(['dumpdata'])).stdout);
    const fieldsOf = (name: string) => dump.find(({ fields }) => fields.username === name)?.fields;
    const user = { email: '', is_active: true, is_staff: false, is_superuser: false };
    expect(fieldsOf('ochaco')).toMatchObject({ ...user, email: 'ochaco@example.com' });
    expect(fieldsOf('aizawa')).toMatchObject({ ...user, is_staff: true });
    expect(await add('ochaco')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\nThe username ochaco is taken\. Choose another\.\n$/),
    });
  });

  it('adds, publishes, unpublishes and deletes a post', async () => {
    const added = await run(
      ['posts', 'add', '--title', 'T', '--author', 'admin', '--content-file', '-'],
      'text',
    );
    const pk = /\d+/.exec(added.stdout)?.[0] ?? '';
    const listed = async () =>
      JSON.parse((await run(['posts', 'list', '--json'])).stdout.trim().split('\n').at(-1) ?? '');
    expect(await listed()).toEqual({ pk: Number(pk), author: 1, published_at: null, title: 'T' });
    await run(['posts', 'publish', pk]);
    expect((await listed()).published_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await run(['posts', 'unpublish', pk]);
    expect((await listed()).published_at).toBeNull();
    expect((await run(['posts', 'delete', pk])).code).toBe(1);
    expect(await run(['posts', 'delete', pk, '--yes'])).toMatchObject({ code: 0 });
    expect(await run(['posts', 'publish', pk])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`The post ${pk} does not exist. List the posts with: posts list\n`),
    });
  });
});

describe('manage loaddata and dumpdata', () => {
  it('export the imported records, to a file for its owner only or to a pipe', async () => {
    const env = { LATCHKEY_DATA_DIR: join(folder, 'data'), DYNAMODB_ENDPOINT: '', TABLE_NAME: '' };
    const first = await manage(['loaddata', fixture], { env });
    expect(first).toMatchObject({ code: 0, stderr: `Local data: ${join(folder, 'data')} (created)\n` });
    expect(first.stdout).toBe(
      'Users: 12 created, 0 updated, 0 unchanged, 0 invalid\nPosts: 9 created, 0 updated, 0 unchanged, 0 invalid\n' +
        'Datetimes have no offset (USE_TZ = False). They are read as UTC. If TIME_ZONE is different, repeat the import with --time-zone.\n' +
        'Users without a usable password, as in Django: 1.\n',
    );
    const output = join(folder, 'out.json');
    // A file that others can read is replaced, also behind a link: its permissions must not stay.
    await writeFile(output, 'an older dump', { mode: 0o644 });
    const link = join(folder, 'link.json');
    await symlink(output, link);
    expect(await manage(['dumpdata', '--output', link], { env })).toMatchObject({
      code: 0,
      stderr: `Wrote 12 users and 9 posts to ${link}, and replaced the previous file.\n`,
    });
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await stat(output)).mode & 0o077).toBe(0);
    expect(JSON.parse(await readFile(output, 'utf8'))).toEqual(JSON.parse(await readFile(fixture, 'utf8')));
    const piped = await manage(['dumpdata'], { env });
    expect(piped).toMatchObject({ code: 0, stderr: '' });
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

  it('keep an existing file if the dump fails after some records', async () => {
    const existing = join(folder, 'kept');
    await mkdir(existing);
    await writeFile(join(existing, 'dump.json'), 'an older dump');
    const { client, name: TableName } = await tableOf(server);
    const broken = { ...postKey(999_999), post_id: 999_999 };
    await client.send(new PutCommand({ TableName, Item: broken }));
    const { code } = await run(['dumpdata', '--output', join(existing, 'dump.json')]);
    await client.send(new DeleteCommand({ TableName, Key: postKey(999_999) }));
    client.destroy();
    expect(code).toBe(1);
    expect(await readdir(existing)).toEqual(['dump.json']);
    expect(await readFile(join(existing, 'dump.json'), 'utf8')).toBe('an older dump');
  });

  it('leave out posts without an author, which loaddata of Django rejects, and exit with 1', async () => {
    const env = { LATCHKEY_DATA_DIR: join(folder, 'orphans'), DYNAMODB_ENDPOINT: '', TABLE_NAME: '' };
    const all: { model: string; fields: { author?: number } }[] = JSON.parse(await readFile(fixture, 'utf8'));
    const author = all.find(({ model }) => model === 'blog.post')?.fields.author;
    await manage(['loaddata', fixture], { env });
    const { username } = JSON.parse(
      (await manage(['users', 'list', '--json'], { env })).stdout
        .split('\n')
        .find((line) => line.startsWith(`{"id":${author},`)) ?? '',
    );
    await manage(['users', 'delete', username, '--yes'], { env });
    const { code, stdout, stderr } = await manage(['dumpdata'], { env });
    expect(code).toBe(1);
    const dumped: typeof all = JSON.parse(stdout);
    const posts = dumped.filter(({ model }) => model === 'blog.post');
    expect(posts.filter(({ fields }) => fields.author === author)).toEqual([]);
    expect(posts.length).toBe(
      all.filter(({ model, fields }) => model === 'blog.post' && fields.author !== author).length,
    );
    expect(stderr).toMatch(
      /^Left out posts whose author does not exist, because loaddata of Django rejects a file with them: \d+(, \d+)*\. Delete them, for example: posts delete \d+\n$/,
    );
  });

  it('report each invalid record, and exit with 1', async () => {
    const file = join(folder, 'bad.json');
    await writeFile(file, '[{"model": "auth.user", "pk": 1, "fields": {}}, {"model": "x.y"}]');
    const result = await run(['loaddata', '--dry-run', file]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(`${file}, record 1 (auth.user): fields.username is missing`);
    expect(result.stdout).toContain('Ignored models: x.y (1)');
  });
});

describe('manage loaddata of a file that is not a dump', () => {
  it('reports the file without a summary, and exits with 1', async () => {
    const file = join(folder, 'page.json');
    await writeFile(file, '<html></html>');
    const result = await run(['loaddata', '--dry-run', file]);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining(file) });
    expect(result.stdout).toBe('Nothing was written, because of --dry-run.\n');
  });
});

describe('manage with wrong input', () => {
  // tests/support/wrong-input.ts has more.
  it.each([
    [['nonsense'], 2, 'unknown command'],
    [['users', 'disable', 'unknown'], 1, 'The user "unknown" does not exist.'],
    [['createsuperuser', '--username', 'admin', '--password-stdin'], 1, 'The username admin is taken.'],
    [['createsuperuser', '--username', 'a b', '--password-stdin'], 2, 'A username has 1 to 150 characters'],
    [
      ['createsuperuser', '--username', 'mail', '--email', 'x'.repeat(321), '--password-stdin'],
      2,
      'An e-mail address has at most 320 characters.',
    ],
    [['users', 'add', '--password-stdin'], 2, 'missing required argument'],
    [['users', 'add', 'a b', '--password-stdin'], 2, 'A username has 1 to 150 characters'],
    [['users', 'add', 'bad', '--email', 'bad', '--password-stdin'], 2, 'bad is not an e-mail address'],
    [['users', 'add', 'bad'], 1, 'Pass --password-stdin.'],
    [
      ['createsuperuser', '--username', 'bad', '--email', 'bad', '--password-stdin'],
      2,
      'bad is not an e-mail address, such as deku@example.com.',
    ],
    [['posts', 'add', '--title', 'T', '--author', 'admin'], 2, 'Pass either --content or --content-file.'],
    [
      ['posts', 'add', '--title', 'T', '--author', 'admin', '--content', '', '--content-file', '-'],
      2,
      'cannot be used with option',
    ],
    [['createsuperuser'], 1, 'Standard input is not a terminal'],
    [['users', 'list', '--stage', 'nowhere'], 1, 'The table does not exist. '],
  ])('%j exits with %i and one sentence', async (args, code, sentence) => {
    // The table of the server in an external engine would be that of the stage.
    const stage = args.includes('--stage') ? { ...(await endpointOf(server)), TABLE_NAME: '' } : {};
    const result = await manage(args, { env: { ...server.env, ...stage } });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(sentence);
    expect(result.stderr).not.toMatch(/^ {4}at /m);
  });

  it('applies the password rules of the service, and changes nothing', async () => {
    const short = await run(['createsuperuser', '--username', 'short', '--password-stdin'], 'p4ss');
    expect(short).toMatchObject({ code: 1, stdout: '' });
    expect(short.stderr).toContain('at least 8 characters');
    expect((await run(['changepassword', 'short', '--password-stdin'], PASSWORD)).stderr).toContain(
      'does not exist',
    );
    const common = await run(['changepassword', 'admin', '--password-stdin'], 'password123');
    expect(common).toMatchObject({ code: 1, stderr: expect.stringContaining('common') });
    const latin1 = Buffer.from(`${PASSWORD}\xe9`, 'latin1');
    expect((await run(['changepassword', 'admin', '--password-stdin'], latin1)).stderr).toContain(
      'The password on standard input is not UTF-8. Convert it first, for example with iconv.\n',
    );
  });

  it('rejects a post that is too large before it is stored', async () => {
    const args = ['posts', 'add', '--title', 'T', '--author', 'admin', '--content-file', '-'];
    const added = await run(args, 'x'.repeat(400_000));
    expect(added).toMatchObject({ code: 1, stderr: expect.stringContaining('too large') });
  });

  it('warns about variables that are no settings, or not supported', async () => {
    const env = { ...server.env, THROTTLE_PAIR_FAILURE: '3', JWT_VERIFY: 'False' };
    const { code, stderr } = await manage(['users', 'list', '--json'], { env });
    expect(code).toBe(0);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^THROTTLE_PAIR_FAILURE is not a setting .* Did you mean THROTTLE_PAIR_FAILURES\?/,
      ),
      expect.stringMatching(/^JWT_VERIFY is not supported: .*docs\/from-django\.md/),
    ]);
  });

  it('prints the help with exit code 0', async () => {
    const result = await run(['posts', 'add', '--help']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('Usage: npm run manage -- ');
  });
});

/** Returns an environment whose stage is not deployed: its endpoint is the DynamoDB of a local server. */
async function endpointOf({ dataDir }: RunningServer): Promise<Record<string, string>> {
  const own = await new DataFolder(dataDir).readRunningStore();
  return stageEnvironment({ dynamodb: own?.endpoint ?? process.env.DYNAMODB_ENDPOINT ?? '' });
}
