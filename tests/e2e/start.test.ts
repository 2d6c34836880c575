import { once } from 'node:events';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { createTestTable } from '../../tools/harness/table.ts';
import {
  curlLines,
  failingStart,
  paste,
  postsSchema,
  start,
  startFromSource,
  tokenSchema,
  useDataFolder,
} from '../support/local-start.ts';

import { buildPrograms } from '../support/programs.ts';
import { exchange } from '../support/raw-http.ts';

const folder = useDataFolder();

it('npm start prints commands that work when they are pasted, at the first start and later', async () => {
  const passwords: unknown[] = [];
  for (const starting of [startFromSource, start]) {
    const server = await starting();
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
    expect((await stat(join(folder.path, name))).mode & 0o777).toBe(0o600);
});

it('npm start reports a used port in one line', async () => {
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
});

it('npm start responds on both loopbacks', async () => {
  const { url } = await start();
  const { port } = new URL(url);
  for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
    expect((await fetch(`http://${host}:${port}/api/token/`)).status).toBe(405);
  }
  expect(await exchange(Number(port), 'FOO / HTTP/9\r\n\r\n', { host: '::1' })).toMatchObject([
    { status: 400, body: { detail: 'The request was refused.' } },
  ]);
});

it('npm start listens on HOST, and prints the URLs for other devices', async () => {
  const server = await start({ HOST: '0.0.0.0' });
  const { port } = new URL(server.url);
  expect(server.url).toBe(`http://localhost:${port}`);
  expect(server.output()).toContain(`From an Android emulator: http://10.0.2.2:${port}\n`);
  expect((await fetch(`${server.url}/api/token/`)).status).toBe(405);
});

it('npm start listens on one address only if HOST names it', async () => {
  const server = await start({ HOST: '::1' });
  const { port, hostname } = new URL(server.url);
  expect(hostname).toBe('[::1]');
  expect((await fetch(`${server.url}/api/token/`)).status).toBe(405);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

it('npm start reports a HOST that this machine does not have', async () => {
  const { code, lines } = await failingStart({ HOST: '192.0.2.77' });
  expect([code, lines]).toEqual([1, [expect.stringContaining('HOST is not an address of this machine')]]);
});

it('npm start and commands reach loopback without the proxy of the environment', async () => {
  const preload = new URL('../support/env-proxy.mjs', import.meta.url).href;
  const server = await start({
    NODE_OPTIONS: `--import ${preload}`,
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: 'http://127.0.0.1:1',
  });
  expect((await fetch(`${server.url}/api/token/`)).status).toBe(405);
});

it('npm start reports in one line that another server uses the data folder', async () => {
  const { pid } = await start();
  const { code, lines } = await failingStart({});
  expect([code, lines]).toEqual([
    1,
    [
      `Latchkey is already running with the data folder ${folder.path} (process ${pid}). Stop it, or start another server ` +
        'with its own data: LATCHKEY_DATA_DIR=.latchkey-2 PORT=8001 npm start',
    ],
  ]);
});

it('npm start prints the DynamoDB at DYNAMODB_ENDPOINT, not its data folder', async () => {
  const { endpoint, name, remove } = await createTestTable();
  try {
    const server = await start({ DYNAMODB_ENDPOINT: endpoint, TABLE_NAME: name });
    expect(server.output()).toContain(`Data: table ${name} at ${endpoint}. Press Ctrl-C to stop.`);
    await server.stop();
  } finally {
    await remove();
  }
});

it('npm start reports in one line that the DynamoDB at DYNAMODB_ENDPOINT does not respond', async () => {
  const { code, lines } = await failingStart({ DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' });
  expect([code, lines]).toEqual([1, [expect.stringContaining('No DynamoDB responds at http://127.0.0.1:1')]]);
});

it('npm start reports in one line that its database is damaged', async () => {
  const first = await start();
  await first.stop();
  await writeFile(join(folder.path, 'dynamodb', 'CURRENT'), 'damaged');
  const { code, lines } = await failingStart({});
  expect([code, lines]).toEqual([
    1,
    [expect.stringMatching(/^The data folder .* cannot be used: Corruption/)],
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

it('npm start reports an error in serverless.yml, and ends', async () => {
  const project = await buildPrograms();
  const file = join(project, 'serverless.yml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^functions:/m, 'functionz:'));
  const { code, lines } = await failingStart({}, project);
  expect(code).toBe(1);
  expect(lines.join('\n')).toContain("unrecognized property 'functionz'");
  await rm(project, { recursive: true });
});

it.each([
  ['ends the process', "process.stderr.write('the reason\\n'); process.exit(1);"],
  ['ends the process later', "setTimeout(() => { console.error('the reason'); process.exit(1); }, 50);"],
  ['throws', "console.log('the reason'); process.nextTick(() => { throw new Error('a fault'); });"],
])('npm start prints the output of a framework that %s, and the remedy', async (_, source) => {
  const project = await buildPrograms();
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
