import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LOCAL_DATA } from '../support/manage.ts';
import { useSmokeServer } from '../support/smoke.ts';

const { smoke, stage, url, userNames } = useSmokeServer();

// smoke.long.test.ts has more complete runs.
describe('smoke', () => {
  it('passes with a temporary user, which it deletes', async () => {
    const before = await userNames();
    // Its requests to this machine do not use the proxy of the environment.
    const preload = new URL('../support/env-proxy.mjs', import.meta.url).href;
    const { code, stdout, stderr } = await smoke([url()], '', { NODE_OPTIONS: `--import ${preload}` });
    expect(stdout).not.toMatch(/^(FAIL|skip)/m);
    expect({ code, stderr }).toEqual({ code: 0, stderr: LOCAL_DATA });
    expect(stdout).toMatch(/^7\d passed, 0 failed, 0 skipped$/m);
    expect(await userNames()).toEqual(before);
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
    const { code, stdout, stderr } = await smoke([url()], '', {
      LATCHKEY_DATA_DIR: folder,
      DYNAMODB_ENDPOINT: '',
      TABLE_NAME: 'another-table',
    });
    await rm(folder, { recursive: true });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`Local data: ${folder} (created)\n`);
    expect(stderr).toMatch(/\nhttp\S+ uses other data than this command\. Set LATCHKEY_DATA_DIR, .*\.\n$/);
  });

  it('names the stage without asking, and stops at once if its table does not exist', async () => {
    const { env, line } = await stage('another-table');
    const { code, stdout, stderr } = await smoke([url(), '--stage', 'prod'], '', env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Stage prod: .*\nThe table does not exist\. .*\n$/);
    expect(stderr.startsWith(line)).toBe(true);
  });

  it('stops at once if the password of --username is wrong', async () => {
    const { code, stdout, stderr } = await smoke([url(), '--username', 'admin'], 'wrong');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('The service rejected the password of admin.');
  });
});
