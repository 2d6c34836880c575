import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataFolder } from '../../local/data-folder.ts';
import type { RunningServer } from '../../tools/harness/server.ts';
import { stageEnvironment } from '../support/aws.ts';
import { LOCAL_DATA, manage } from '../support/manage.ts';
import { programPath, startBuiltServer } from '../support/programs.ts';

const PASSWORD = 'canary-password-of-smoke';

let server: RunningServer;
beforeAll(async () => {
  server = await startBuiltServer({ env: { LOGIN_REFUSAL_STEP_MS: '50' } });
});
afterAll(() => server.stop());

async function smoke(args: readonly string[], input = '', env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [programPath('tools/smoke/index'), ...args], {
    env: { ...process.env, ...server.env, ...env },
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}
const userNames = async () =>
  (await manage(['users', 'list', '--json'], { env: server.env })).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).username);

describe('smoke', () => {
  it('passes with a temporary user, which it deletes', async () => {
    const before = await userNames();
    const { code, stdout, stderr } = await smoke([server.url]);
    expect(stdout).not.toMatch(/^(FAIL|skip)/m);
    expect({ code, stderr }).toEqual({ code: 0, stderr: LOCAL_DATA });
    expect(stdout).toMatch(/^7\d passed, 0 failed, 0 skipped$/m);
    expect(await userNames()).toEqual(before);
  });

  it('does not send requests to this machine through the proxy of the environment', async () => {
    const preload = new URL('../support/env-proxy.mjs', import.meta.url).href;
    const { code, stdout } = await smoke([server.url], '', { NODE_OPTIONS: `--import ${preload}` });
    expect(stdout).not.toMatch(/^(FAIL|skip)/m);
    expect(code).toBe(0);
  });

  it('passes with a temporary user in the table of a stage, without asking', async () => {
    const before = await userNames();
    const own = await new DataFolder(server.dataDir).readRunningStore();
    const dynamodb = own?.endpoint ?? process.env.DYNAMODB_ENDPOINT ?? '';
    const table = server.env.TABLE_NAME ?? 'latchkey-local';
    const { code, stdout, stderr } = await smoke([server.url, '--stage', 'prod'], '', {
      ...stageEnvironment({ dynamodb }),
      TABLE_NAME: table,
    });
    expect(stderr).toBe(
      `Stage prod: account unknown, region eu-central-1, table ${table}, endpoint ${new URL(dynamodb).origin}\n`,
    );
    expect(stdout).toMatch(/^7\d passed, 0 failed, 0 skipped$/m);
    expect(code).toBe(0);
    expect(await userNames()).toEqual(before);
  });

  it('passes with the user of --username', async () => {
    await manage(['createsuperuser', '--username', 'tester', '--password-stdin'], {
      env: server.env,
      input: PASSWORD,
    });
    const { code, stdout } = await smoke([server.url, '--username', 'tester'], `${PASSWORD}\n`);
    expect(code).toBe(0);
    expect(stdout).not.toContain(PASSWORD);
  });

  it('fails if the service responds differently, and prints the page of AWS', async () => {
    const other = createServer((_, response) => response.end('{"token":"eyJhbGciOiJub25lIn0.e30.canary"}'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stdout } = await smoke([`http://127.0.0.1:${port}`]);
    other.close();
    expect(code).toBe(1);
    expect(stdout).toContain(
      'FAIL  an unknown path receives 404 in JSON, also with a token\n      status is 200, expected 404',
    );
    expect(stdout).toContain('documentation of AWS: https://docs.aws.amazon.com/apigateway/');
    expect(stdout).not.toContain('canary');
  });

  it('stops at once if the service uses another data folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-smoke-'));
    const { code, stdout, stderr } = await smoke([server.url], '', {
      LATCHKEY_DATA_DIR: folder,
      DYNAMODB_ENDPOINT: '',
      TABLE_NAME: 'another-table',
    });
    await rm(folder, { recursive: true });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`Local data: ${folder} (created)\n`);
    expect(stderr).toMatch(/\nhttp\S+ uses other data than this command\. Set LATCHKEY_DATA_DIR, .*\.\n$/);
  });

  it('stops at once if the password of --username is wrong', async () => {
    const { code, stdout, stderr } = await smoke([server.url, '--username', 'admin'], 'wrong');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('The service rejected the password of admin.');
  });
});
