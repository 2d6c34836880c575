import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../tools/harness/server.ts';
import { hasTerminal, manage } from '../support/manage.ts';
import { type Program, programPath, startBuiltServer } from '../support/programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EMBEDDED = { DYNAMODB_ENDPOINT: '', TABLE_NAME: '', NO_COLOR: '' };
const CLEAR_LINE = '\u0015';
const PASSWORD = 'canary-password-of-a-terminal';
const ESCAPE = '\u001b';

let folder: string;
let children: ChildProcess[];
/** A server whose output is not a terminal. */
let server: RunningServer;
beforeAll(async () => {
  server = await startBuiltServer({ env: EMBEDDED });
});
afterAll(() => server?.stop('SIGKILL'));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-terminal-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Variables of a developer's terminal or of CI that Node.js derives the number of colors from. */
const COLOR_VARIABLES = ['CI', 'COLORTERM', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'NO_COLOR'];

/** Runs a shell command at a new terminal. */
function atTerminal(command: string, env: Readonly<Record<string, string>> = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !COLOR_VARIABLES.includes(name));
  const child = spawn('script', ['--quiet', '--return', '--command', `exec ${command}`, '/dev/null'], {
    cwd: ROOT,
    env: {
      ...Object.fromEntries(inherited),
      ...EMBEDDED,
      LATCHKEY_DATA_DIR: folder,
      PORT: '0',
      TERM: 'xterm',
      ...env,
    },
  });
  children.push(child);
  let screen = '';
  let seen = 0;
  const ended = once(child, 'close').then(([code]) => code);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  return {
    ended,
    screen: () => screen,
    /** Waits for a text after the last one. */
    async see(text: string): Promise<void> {
      while (screen.indexOf(text, seen) < 0) await once(child.stdout, 'data');
      seen = screen.indexOf(text, seen) + text.length;
    },
    type: (text: string) => child.stdin.write(text),
  };
}

const commandOf = (program: Program) => `'${process.execPath}' '${programPath(program)}'`;

describe.skipIf(!hasTerminal)('createsuperuser at a terminal', () => {
  it('prints the password rules first, and asks again until each input is valid', async () => {
    const terminal = atTerminal(`${commandOf('manage/index')} createsuperuser`);
    await terminal.see('Username:');
    terminal.type('a b\r');
    await terminal.see('A username has 1 to 150 characters');
    terminal.type(`${CLEAR_LINE}deku\r`);
    await terminal.see('E-mail address');
    terminal.type('deku\r');
    await terminal.see('deku is not an e-mail address');
    terminal.type(`${CLEAR_LINE}\r`);
    await terminal.see('A password has 8 to ');
    await terminal.see('Password:');
    terminal.type('short\r');
    await terminal.see('This password is too short.');
    terminal.type(`${CLEAR_LINE}${PASSWORD}\r`);
    await terminal.see('Password (again):');
    terminal.type('another password\r');
    await terminal.see('The passwords are not equal. Try again.');
    await terminal.see('Password:');
    terminal.type(`${PASSWORD}\r`);
    await terminal.see('Password (again):');
    terminal.type(`${PASSWORD}\r`);
    await terminal.see('deku was created with the id 1.');
    expect(await terminal.ended).toBe(0);
    expect(terminal.screen()).not.toContain(PASSWORD);
  });
});

describe.skipIf(!hasTerminal)('npm start at a terminal', () => {
  const request = async (url: string, path: string) => {
    const response = await fetch(url + path);
    await response.text();
  };

  it.each([
    ['with colors', [], `${ESCAPE}[33m401${ESCAPE}[39m`],
    ['as JSON with --json', ['--json'], '"status":401'],
  ])('prints one line per request, %s', async (_, args, expected) => {
    const terminal = atTerminal(`${commandOf('local/start')} ${args.join(' ')}`);
    await terminal.see('Refresh a token:');
    const [, url = ''] = /^Latchkey on (\S+)\r$/m.exec(terminal.screen()) ?? [];
    const start = terminal.screen().length;
    const init = { headers: { Authorization: 'JWT a.b.c' } };
    await (await fetch(`${url}/api/blog/posts/?limit=1`, init)).text();
    await request(url, '/no/such/path');
    await terminal.see(args.length > 0 ? expected : '404');
    const lines = terminal
      .screen()
      .slice(start)
      .split('\r\n')
      .filter((line) => /401|404/.test(line));
    expect(lines[0]).toContain(expected);
    if (args.length > 0) return;
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d {2}GET {4}\/api\/blog\/posts\/ {2}.*401.* {2}\d+ ms$/);
    expect(terminal.screen()).not.toContain('"level"');
  });
});

describe('npm start', () => {
  it('prints JSON lines if its output is not a terminal', async () => {
    const start = server.output().length;
    const init = { headers: { Authorization: 'JWT a.b.c' } };
    await (await fetch(`${server.url}/api/blog/posts/`, init)).text();
    await expect.poll(() => server.output().slice(start)).toContain('"status":401');
    for (const line of server.output().slice(start).trim().split('\n'))
      expect(JSON.parse(line)).toBeDefined();
  });

  it('responds to a browser at / with a page that runs no code and has no dead links', async () => {
    const { url } = server;
    const browser = { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
    const page = await fetch(`${url}/`, browser);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; /);
    expect(policy).not.toMatch(/script-src|unsafe/);
    const html = await page.text();
    expect(html).not.toMatch(/<script|\son\w+=|javascript:/i);
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, path]) => path);
    expect(links).toEqual(expect.arrayContaining(['/api/blog/posts/', '/docs/']));
    expect(server.output()).toContain(`\nTry the API in a browser: ${url}/docs/\n`);
    for (const path of links) expect((await fetch(url + path, browser)).status, path).not.toBe(404);
    const other = await fetch(`${url}/`);
    expect([other.status, await other.json()]).toEqual([404, { detail: 'Not found.' }]);
  });
});

describe('manage', () => {
  it('ends without a message when the reader of its output ends', async () => {
    const env = { ...EMBEDDED, LATCHKEY_DATA_DIR: folder };
    await manage(['createsuperuser', '--username', 'deku', '--password-stdin'], { env, input: PASSWORD });
    const child = spawn(
      'bash',
      ['-c', `set -o pipefail; ${commandOf('manage/index')} dumpdata | head -c 1`],
      {
        cwd: ROOT,
        env: { ...process.env, ...env },
      },
    );
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const [code] = await once(child, 'close');
    expect([code, errors]).toEqual([0, '']);
  });

  it('loaddata says that accounts with a new id have to log in again', async () => {
    const user = {
      model: 'auth.user',
      pk: 1,
      fields: { username: 'deku', password: '!', email: '', date_joined: '2019-06-04T15:00:00Z' },
    };
    const { code, stdout } = await manage(['loaddata', '-'], {
      env: server.env,
      input: JSON.stringify([user]),
    });
    expect(code).toBe(0);
    expect(stdout).toContain('Tokens of accounts with a new id are no longer valid: log in again.');
  });

  it('loaddata stops at Ctrl-C, and a second run completes the import', async () => {
    const env = { ...EMBEDDED, LATCHKEY_DATA_DIR: folder };
    const file = join(folder, 'dump.json');
    // Many more than are imported until the signal arrives.
    const count = 1000;
    const users = Array.from({ length: count }, (_, index) => ({
      model: 'auth.user',
      pk: index + 1,
      fields: { username: `user-${index}`, password: '!', email: '', date_joined: '2019-06-04T15:00:00Z' },
    }));
    // The message about the first record shows that the import has begun.
    await writeFile(file, JSON.stringify([{ model: 'auth.user', pk: 1, fields: {} }, ...users]));
    const stopped = await manage(['loaddata', file], {
      env,
      onStart: (child) =>
        child.stderr?.on('data', (text: Buffer) => text.includes('record 1') && child.kill('SIGINT')),
    });
    expect(stopped).toMatchObject({ code: 1, stdout: '' });
    expect(stopped.stderr).toMatch(/\nStopped\. Run the command again to complete the import\.\n$/);
    await writeFile(file, JSON.stringify(users));
    const completed = await manage(['loaddata', file], { env });
    expect(completed.stdout).toMatch(/^Users: [1-9]\d* created, 0 updated, [1-9]\d* unchanged, 0 invalid$/m);
  });
});

// The last test, because it ends the server.
it('npm start ends with a message when its data folder is deleted', async () => {
  await rm(server.dataDir, { recursive: true });
  await expect
    .poll(() => server.output())
    .toContain(`The data folder ${server.dataDir} was deleted or replaced`);
  expect(await server.stop()).toBe(1);
});
