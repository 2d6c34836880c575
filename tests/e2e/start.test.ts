import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../tools/harness/server.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import {
  curlLines,
  EMBEDDED,
  failingStart,
  paste,
  postsSchema,
  start,
  tokenSchema,
  useDataFolder,
} from '../support/local-start.ts';
import { copyPrograms, startBuiltServer } from '../support/programs.ts';
import { exchange } from '../support/raw-http.ts';

const folder = useDataFolder();

it('npm start prints commands that work when they are pasted, at the first start and later', async () => {
  const passwords: unknown[] = [];
  let url = '';
  let output = '';
  // The long tier starts the sources.
  for (const env of [{}, { HOST: '0.0.0.0' }]) {
    const server = await start(env);
    url = server.url;
    output = server.output();
    const [obtain = '', posts = '', verify = '', refresh = '', ...others] = curlLines(server);
    expect(others).toEqual([]);
    expect(v.is(tokenSchema, await paste(obtain))).toBe(true);
    expect(v.parse(postsSchema, await paste(posts)).map(({ pk }) => pk)).toEqual([3, 2, 1]);
    expect(v.is(tokenSchema, await paste(verify))).toBe(true);
    expect(v.is(tokenSchema, await paste(refresh))).toBe(true);
    passwords.push(/password: (\S+)/.exec(output)?.[1]);
    expect(await server.stop()).toBe(0);
  }
  expect(passwords[0]).toMatch(/^[\w-]{20}$/);
  expect(passwords[1]).toBe(passwords[0]);
  const { port } = new URL(url);
  expect(url).toBe(`http://localhost:${port}`);
  expect(output).toContain(`From an Android emulator: http://10.0.2.2:${port}\n`);
  for (const name of ['secret', 'admin-password'])
    expect((await stat(join(folder.path, name))).mode & 0o777).toBe(0o600);
});

describe('npm start', () => {
  let server: RunningServer;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'latchkey-start-'));
    const preload = new URL('../support/env-proxy.mjs', import.meta.url).href;
    server = await startBuiltServer({
      dataDir,
      env: {
        ...EMBEDDED,
        NODE_OPTIONS: `--import ${preload}`,
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: 'http://127.0.0.1:1',
      },
    });
  });
  afterAll(async () => {
    await server?.stop('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });
  const port = () => Number(new URL(server.url).port);

  it('and commands reach loopback without the proxy of the environment', async () => {
    expect((await fetch(`${server.url}/api/token/`)).status).toBe(405);
  });

  it('responds on both loopbacks', async () => {
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      expect((await fetch(`http://${host}:${port()}/api/token/`)).status).toBe(405);
    }
    expect(await exchange(port(), 'FOO / HTTP/9\r\n\r\n', { host: '::1' })).toMatchObject([
      { status: 400, body: { detail: 'The request was refused.' } },
    ]);
  });

  it('reports in one line that another server uses the data folder', async () => {
    const { code, lines } = await failingStart({ LATCHKEY_DATA_DIR: dataDir });
    expect([code, lines]).toEqual([
      1,
      [
        `Latchkey is already running with the data folder ${dataDir} (process ${server.pid}). Stop it, or start another server ` +
          'with its own data: LATCHKEY_DATA_DIR=.latchkey-2 PORT=8001 npm start',
      ],
    ]);
  });

  it('reports in one line that its database is damaged', async () => {
    await server.stop();
    await writeFile(join(dataDir, 'dynamodb', 'CURRENT'), 'damaged');
    const { code, lines } = await failingStart({ LATCHKEY_DATA_DIR: dataDir });
    expect([code, lines]).toEqual([
      1,
      [expect.stringMatching(/^The data folder .* cannot be used: Corruption/)],
    ]);
  });
});

it.each(['127.0.0.1', '0.0.0.0', '::1'])(
  'npm start reports a port in one line that is used on %s',
  async (host) => {
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
  },
);

it('npm start reports a HOST that this machine does not have', async () => {
  const { code, lines } = await failingStart({ HOST: '192.0.2.77' });
  expect([code, lines]).toEqual([1, [expect.stringContaining('HOST is not an address of this machine')]]);
});

describe('npm start with HOST and DYNAMODB_ENDPOINT', () => {
  let table: TestTable;
  let server: RunningServer;
  beforeAll(async () => {
    table = await createTestTable();
    server = await startBuiltServer({
      env: { ...EMBEDDED, HOST: '::1', DYNAMODB_ENDPOINT: table.endpoint, TABLE_NAME: table.name },
    });
  });
  afterAll(async () => {
    await server?.stop();
    await table.remove();
  });

  it('listens on the address of HOST only', async () => {
    const { port, hostname } = new URL(server.url);
    expect(hostname).toBe('[::1]');
    expect((await fetch(`${server.url}/api/token/`)).status).toBe(405);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  it('prints the DynamoDB at DYNAMODB_ENDPOINT, not its data folder', () => {
    expect(server.output()).toContain(
      `Data: table ${table.name} at ${table.endpoint}. Press Ctrl-C to stop.`,
    );
  });
});

it('npm start warns about a variable that is not a setting, and reports that the DynamoDB at DYNAMODB_ENDPOINT does not respond', async () => {
  const { code, lines } = await failingStart({
    DYNAMODB_ENDPOINT: 'http://127.0.0.1:1',
    THROTTLE_PAIR_FAILURE: '3',
  });
  expect([code, lines]).toEqual([
    1,
    [
      expect.stringContaining('THROTTLE_PAIR_FAILURE is not a setting and has no effect.'),
      expect.stringContaining('No DynamoDB responds at http://127.0.0.1:1'),
    ],
  ]);
});

it('npm start reports all settings that are not valid at once, without their values', async () => {
  const { code, lines } = await failingStart({
    JWT_SECRET_KEY: 'too-short',
    JWT_LEEWAY: 'a-while',
    JWT_AUTH_COOKIE: 'a-cookie',
    AUTHORIZER_RESULT_TTL_SECONDS: '9999',
    PORT: 'a-port',
    HOST: 'a-host',
    THROTTLE_PAIR_FAILURES: 'a-few',
  });
  expect(code).toBe(1);
  const text = lines.join('\n');
  for (const name of [
    'JWT_SECRET_KEY',
    'JWT_LEEWAY',
    'JWT_AUTH_COOKIE',
    'THROTTLE_PAIR_FAILURES',
    'AUTHORIZER_RESULT_TTL_SECONDS',
    'PORT',
    'HOST',
  ])
    expect(text).toContain(name);
  expect(text).not.toMatch(/too-short|a-while|a-cookie|a-few|9999|a-port|a-host/);
});

// start-lifecycle.long.test.ts has an error in serverless.yml.
it.each([
  ['ends the process', "process.stderr.write('the reason\\n'); process.exit(1);"],
  ['ends the process later', "setTimeout(() => { console.error('the reason'); process.exit(1); }, 50);"],
  ['throws', "console.log('the reason'); process.nextTick(() => { throw new Error('a fault'); });"],
])('npm start prints the output of a framework that %s, and the remedy', async (_, source) => {
  const project = await copyPrograms();
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
});
