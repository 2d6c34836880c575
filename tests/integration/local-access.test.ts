import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { DataFolder } from '../../local/data-folder.ts';
import { type LocalStore, openLocalStore, serveLocalStore } from '../../local/store.ts';

let parent: string;
let dataDir: string;
let store: LocalStore | undefined;
beforeEach(async () => {
  vi.stubEnv('DYNAMODB_ENDPOINT', '');
  parent = await mkdtemp(join(tmpdir(), 'latchkey-'));
  dataDir = join(parent, 'data');
});
afterEach(async () => {
  await store?.close();
  store = undefined;
  vi.unstubAllEnvs();
  await rm(parent, { recursive: true });
});

const LIST = 'DynamoDB_20120810.ListTables';

/** Sends a request as a web page or another program of this machine could. */
function send(
  endpoint: string,
  headers: Record<string, string>,
  method = 'POST',
): Promise<{ status: number | undefined; allowed: unknown }> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    request({ hostname, port, method, headers }, (response) => {
      response.resume();
      const allowed = response.headers['access-control-allow-origin'];
      response.once('end', () => resolve({ status: response.statusCode, allowed }));
    })
      .once('error', reject)
      .end(method === 'POST' ? '{}' : '');
  });
}

const signed = (key: string) => ({
  'Content-Type': 'application/x-amz-json-1.0',
  'X-Amz-Target': LIST,
  'X-Amz-Date': '20260101T000000Z',
  Authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
});

describe('the embedded DynamoDB of the data folder', () => {
  it('requires the access key of its start, which the data folder passes to other processes', async () => {
    store = await serveLocalStore(new DataFolder(dataDir));
    const { endpoint } = store;
    const key = new URL(endpoint).username;
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect((await send(endpoint, signed(key))).status).toBe(200);
    for (const wrong of ['local', '', `${key}0`, key.replace(/./g, '0')]) {
      expect((await send(endpoint, signed(wrong))).status).toBe(403);
    }
    const { Authorization: _, ...unsigned } = signed(key);
    expect((await send(endpoint, unsigned)).status).toBe(403);

    const other = await openLocalStore(new DataFolder(dataDir));
    const client = createDocumentClient({ region: undefined, endpoint: other.endpoint });
    const { TableNames } = await client.send(new ListTablesCommand({}));
    expect(TableNames).toContain('latchkey-local');
    client.destroy();
    await store.close();
    store = await serveLocalStore(new DataFolder(dataDir));
    expect(new URL(store.endpoint).username).not.toBe(key);
  });

  it('refuses requests of web pages, by Origin and by Host', async () => {
    store = await serveLocalStore(new DataFolder(dataDir));
    const { endpoint } = store;
    const { username: key, host, port } = new URL(endpoint);
    for (const headers of [
      { Origin: 'https://example.com' },
      { Origin: 'null' },
      { Host: 'example.com' },
      { Host: `example.com:${port}` },
      { Host: `rebound.example.com:${port}`, Origin: `http://${host}` },
    ]) {
      for (const method of ['POST', 'OPTIONS', 'GET']) {
        const response = await send(endpoint, { ...signed(key), ...headers }, method);
        expect(response, `${method} ${JSON.stringify(headers)}`).toEqual({ status: 403, allowed: undefined });
      }
    }
    expect((await send(endpoint, {}, 'GET')).status).toBe(200);
  });
});

describe.skipIf(process.platform === 'win32')('the data folder', () => {
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

  it('is readable by its owner alone, also if it existed with other permissions', async () => {
    store = await serveLocalStore(new DataFolder(dataDir));
    await store.close();
    const folder = new DataFolder(dataDir);
    for (const path of [dataDir, folder.database, folder.lock]) {
      await chmod(path, 0o755);
      for (const { name } of (await readdir(path, { withFileTypes: true })).filter((one) => one.isFile())) {
        await chmod(join(path, name), 0o644);
      }
    }
    store = await serveLocalStore(new DataFolder(dataDir));
    await folder.write('secret', 'value');
    for (const path of [dataDir, folder.database, folder.lock]) {
      expect(await modeOf(path), path).toBe(0o700);
      for (const entry of await readdir(path, { withFileTypes: true })) {
        const mode = entry.isFile() ? 0o600 : 0o700;
        expect(await modeOf(join(path, entry.name)), entry.name).toBe(mode);
      }
    }
  });

  it('is made its own if it existed empty', async () => {
    await mkdir(dataDir, { mode: 0o755 });
    await chmod(dataDir, 0o755);
    store = await serveLocalStore(new DataFolder(dataDir));
    expect(await modeOf(dataDir)).toBe(0o700);
  });
});
