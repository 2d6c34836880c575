import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import { DataFolder } from '../../local/data-folder.ts';
import { openLocalStore } from '../../local/store.ts';
import { type RunningServer, startServer } from '../../tools/harness/server.ts';
import { TEST_MS as TIMEOUT_MS } from '../../tools/harness/time-limits.ts';
import { copyProject } from '../support/package-service.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Only the embedded DynamoDB keeps data. An empty variable counts as not set. */
const EMBEDDED = { DYNAMODB_ENDPOINT: '', TABLE_NAME: '', JWT_AUTH_HEADER_PREFIX: '' };

// These tests need the embedded DynamoDB, also if the other tests use another one.
beforeAll(() => {
  vi.stubEnv('DYNAMODB_ENDPOINT', '');
});
afterAll(() => {
  vi.unstubAllEnvs();
});

const tokenSchema = v.strictObject({ token: v.string() });
const postsSchema = v.array(v.looseObject({ pk: v.number() }));

let dataDir: string;
let running: RunningServer[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-start-'));
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop('SIGKILL')));
  await rm(dataDir, { recursive: true, force: true });
});

async function start(env: Record<string, string> = {}): Promise<RunningServer> {
  const server = await startServer({ dataDir, env: { ...EMBEDDED, ...env } });
  running.push(server);
  return server;
}

/** Runs a printed line in a shell. */
const paste = async (line: string): Promise<unknown> =>
  JSON.parse((await promisify(execFile)('bash', ['-c', line])).stdout);

const curlLines = (server: RunningServer) =>
  server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('curl '));

/** Starts the service with an error. Returns its exit code and its output. */
async function failingStart(env: Record<string, string>, cwd = ROOT) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts'], {
    cwd,
    env: { ...process.env, ...EMBEDDED, LATCHKEY_DATA_DIR: dataDir, PORT: '0', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, lines: output.trimEnd().split('\n') };
}

it(
  'npm start prints commands that work when they are pasted, at the first start and later',
  async () => {
    const passwords: unknown[] = [];
    for (const _ of ['first', 'second']) {
      const server = await start();
      const [obtain = '', posts = '', verify = '', refresh = '', ...others] = curlLines(server);
      expect(others).toEqual([]);
      expect(v.is(tokenSchema, await paste(obtain))).toBe(true);
      expect(v.parse(postsSchema, await paste(posts)).map(({ pk }) => pk)).toEqual([3, 2, 1]);
      expect(v.is(tokenSchema, await paste(verify))).toBe(true);
      expect(v.is(tokenSchema, await paste(refresh))).toBe(true);
      passwords.push(/password: (\S+)/.exec(server.output())?.[1]);
      expect(await server.stop()).toBe(0);
    }
    expect(passwords[0]).toMatch(/^[\w-]{20}$/);
    expect(passwords[1]).toBe(passwords[0]);
    for (const name of ['secret', 'admin-password'])
      expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
  },
  TIMEOUT_MS,
);

it(
  'npm start prints a placeholder after the password was changed, and does not create the superuser again',
  async () => {
    await (await start()).stop();
    const store = await openLocalStore({ dataDir });
    const client = createDocumentClient({ region: 'local', endpoint: store.endpoint });
    await new UserRepository({ client, name: 'latchkey-local' }).setPassword('admin', '!', 0);
    client.destroy();
    await store.close();
    const server = await start();
    expect(server.output()).toContain('npm run manage -- changepassword admin');
    expect(curlLines(server)[0]).toContain('"password":"PASSWORD"');
    expect(v.is(tokenSchema, await paste(curlLines(server)[2] ?? ''))).toBe(true);
  },
  TIMEOUT_MS,
);

it(
  'npm start completes a first start that was killed',
  async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts'], {
      cwd: ROOT,
      env: { ...process.env, ...EMBEDDED, LATCHKEY_DATA_DIR: dataDir, PORT: '0' },
      stdio: 'ignore',
    });
    const closed = once(child, 'close');
    while (
      !(await access(join(dataDir, 'first-run')).then(
        () => true,
        () => false,
      ))
    )
      await delay(1);
    child.kill('SIGKILL');
    await closed;
    const [obtain = '', posts = ''] = curlLines(await start());
    expect(v.is(tokenSchema, await paste(obtain))).toBe(true);
    expect(v.parse(postsSchema, await paste(posts))).toHaveLength(3);
  },
  TIMEOUT_MS,
);

it(
  'npm start leaves no process and no port open after Ctrl-C',
  async () => {
    // A terminal sends the signal to the whole process group: npm, its shell and the server.
    const child = spawn('npm', ['start'], {
      cwd: ROOT,
      env: { ...process.env, ...EMBEDDED, LATCHKEY_DATA_DIR: dataDir, PORT: '0' },
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const group = -(child.pid ?? 0);
    let output = '';
    const url = await new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const [, ready] = /^Latchkey on (\S+)$/m.exec(output) ?? [];
        if (ready !== undefined) resolve(ready);
      });
    });
    // An open connection must not delay the end.
    expect((await fetch(`${url}/api/token/`)).status).toBe(405);
    process.kill(group, 'SIGINT');
    await once(child, 'close');
    while (isAlive(group)) await delay(20);
    await expect(fetch(url)).rejects.toThrow();
    expect(await new DataFolder(dataDir).readRunningStore()).toBeUndefined();
  },
  TIMEOUT_MS,
);

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it(
  'npm start reports a used port in one line',
  async () => {
    for (const host of ['127.0.0.1', '0.0.0.0', '::1']) {
      const other = createServer().listen(0, host);
      await once(other, 'listening');
      const address = other.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const { code, lines } = await failingStart({ PORT: String(port) });
      other.close();
      expect([code, lines]).toEqual([
        1,
        [expect.stringContaining(`Another program uses port ${port}. Choose another: PORT=`)],
      ]);
    }
  },
  TIMEOUT_MS,
);

it(
  'npm start reports in one line that another server uses the data folder',
  async () => {
    const { pid } = await start();
    const { code, lines } = await failingStart({});
    expect([code, lines]).toEqual([
      1,
      [
        `Latchkey is already running with the data folder ${dataDir} (process ${pid}). Stop it, or start another server ` +
          'with its own data: LATCHKEY_DATA_DIR=.latchkey-2 PORT=8001 npm start',
      ],
    ]);
  },
  TIMEOUT_MS,
);

it(
  'npm start reports in one line that the DynamoDB at DYNAMODB_ENDPOINT does not respond',
  async () => {
    const { code, lines } = await failingStart({ DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' });
    expect([code, lines]).toEqual([
      1,
      [expect.stringContaining('No DynamoDB responds at http://127.0.0.1:1')],
    ]);
  },
  TIMEOUT_MS,
);

it(
  'npm start reports all settings that are not valid at once, without their values',
  async () => {
    const { code, lines } = await failingStart({
      JWT_SECRET_KEY: 'too-short',
      JWT_LEEWAY: 'a-while',
      AUTHORIZER_RESULT_TTL_SECONDS: '9999',
      PORT: 'a-port',
      THROTTLE_PAIR_FAILURES: 'a-few',
    });
    expect(code).toBe(1);
    const text = lines.join('\n');
    for (const name of [
      'JWT_SECRET_KEY',
      'JWT_LEEWAY',
      'THROTTLE_PAIR_FAILURES',
      'AUTHORIZER_RESULT_TTL_SECONDS',
      'PORT',
    ])
      expect(text).toContain(name);
    expect(text).not.toMatch(/too-short|a-while|a-few|9999|a-port/);
  },
  TIMEOUT_MS,
);

it(
  'npm start signs with JWT_SECRET_KEY if it is set, and does not create a secret',
  async () => {
    const server = await start({ JWT_SECRET_KEY: 'a secret of the environment, 32 bytes' });
    expect(await paste(curlLines(server)[2] ?? '')).toHaveProperty('token');
    await expect(readFile(join(dataDir, 'secret'))).rejects.toThrow('ENOENT');
  },
  TIMEOUT_MS,
);

it(
  'npm start ignores the endpoint of a server that was killed',
  async () => {
    await new DataFolder(dataDir).writeRunningStore({ endpoint: 'http://127.0.0.1:1', pid: 1 });
    const server = await start();
    const published = await new DataFolder(dataDir).readRunningStore();
    expect(published?.pid).toBe(server.pid);
  },
  TIMEOUT_MS,
);

it(
  'npm start reports an error in serverless.yml, and ends',
  async () => {
    const project = await copyProject();
    const file = join(project, 'serverless.yml');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^functions:/m, 'functionz:'));
    const { code, lines } = await failingStart({}, project);
    expect(code).toBe(1);
    expect(lines.join('\n')).toContain("unrecognized property 'functionz'");
    await rm(project, { recursive: true });
  },
  TIMEOUT_MS,
);

it.each([
  ['ends the process', "process.stderr.write('the reason\\n'); process.exit(1);"],
  ['ends the process later', "setTimeout(() => { console.error('the reason'); process.exit(1); }, 50);"],
  ['throws', "console.log('the reason'); process.nextTick(() => { throw new Error('a fault'); });"],
])(
  'npm start prints the output of a framework that %s, and the remedy',
  async (_, source) => {
    const project = await copyProject();
    // Resolved before the one in node_modules of the project.
    const framework = join(project, 'local', 'node_modules', 'serverless');
    await mkdir(join(framework, 'bin'), { recursive: true });
    await writeFile(join(framework, 'package.json'), '{}');
    await writeFile(join(framework, 'bin', 'serverless.js'), source);
    const { code, lines } = await failingStart({}, project);
    expect(code).toBe(1);
    expect(lines).toContain('the reason');
    expect(lines.join('\n')).toMatch(/^Correct the problem and start again\. .* npm ci/m);
    await rm(project, { recursive: true });
  },
  TIMEOUT_MS,
);
