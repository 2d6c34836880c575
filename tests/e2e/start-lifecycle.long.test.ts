import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { createUserRepository } from '../../lib/wiring.ts';
import { DataFolder } from '../../local/data-folder.ts';
import { openLocalStore } from '../../local/store.ts';
import {
  curlLines,
  EMBEDDED,
  failingStart,
  paste,
  postsSchema,
  ROOT,
  start,
  startFromSource,
  tokenSchema,
  useDataFolder,
} from '../support/local-start.ts';
import { copyPrograms } from '../support/programs.ts';

const folder = useDataFolder();

it('npm start prints a placeholder after the password was changed, and does not create the superuser again', async () => {
  await (await start()).stop();
  const store = await openLocalStore(new DataFolder(folder.path));
  const client = createDocumentClient({ region: 'local', endpoint: store.endpoint });
  await createUserRepository({ client, name: 'latchkey-local' }).setPassword('admin', '!', 0);
  client.destroy();
  await store.close();
  const server = await start();
  expect(server.output()).toContain('npm run manage -- changepassword admin');
  expect(curlLines(server)[0]).toContain('"password":"PASSWORD"');
  expect(v.is(tokenSchema, await paste(curlLines(server)[2] ?? ''))).toBe(true);
});

it('npm start from the sources prints commands that work when they are pasted', async () => {
  const [obtain = '', posts = '', verify = '', refresh = ''] = curlLines(await startFromSource());
  for (const line of [obtain, verify, refresh]) expect(v.is(tokenSchema, await paste(line)), line).toBe(true);
  expect(v.parse(postsSchema, await paste(posts))).toHaveLength(3);
});

it('npm start completes a first start that was killed', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts'], {
    cwd: ROOT,
    env: { ...process.env, ...EMBEDDED, LATCHKEY_DATA_DIR: folder.path, PORT: '0' },
    stdio: 'ignore',
  });
  const closed = once(child, 'close');
  while (
    !(await access(join(folder.path, 'first-run')).then(
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
});

it('npm start leaves no process and no port open after Ctrl-C', async () => {
  // A terminal sends the signal to the whole process group: npm, its shell and the server.
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...process.env, ...EMBEDDED, LATCHKEY_DATA_DIR: folder.path, PORT: '0' },
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
  expect(await new DataFolder(folder.path).readRunningStore()).toBeUndefined();
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('npm start signs with JWT_SECRET_KEY if it is set, and does not create a secret', async () => {
  const server = await start({ JWT_SECRET_KEY: 'a secret of the environment, 32 bytes' });
  expect(await paste(curlLines(server)[2] ?? '')).toHaveProperty('token');
  await expect(readFile(join(folder.path, 'secret'))).rejects.toThrow('ENOENT');
});

it('npm start ignores the endpoint of a server that was killed', async () => {
  await new DataFolder(folder.path).writeRunningStore({ endpoint: 'http://127.0.0.1:1', pid: 1 });
  const server = await start();
  const said = await new DataFolder(folder.path).readRunningStore();
  expect(said?.pid).toBe(server.pid);
});

it('npm start reports an error in serverless.yml, and ends', async () => {
  const project = await copyPrograms();
  const file = join(project, 'serverless.yml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^functions:/m, 'functionz:'));
  const { code, lines } = await failingStart({}, project);
  expect(code).toBe(1);
  expect(lines.join('\n')).toContain("unrecognized property 'functionz'");
  await rm(project, { recursive: true });
});
