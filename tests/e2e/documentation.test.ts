import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../tools/harness/server.ts';
import { BLOCKS, blocksRun, commandsOf, outputPattern, runInShell } from '../support/documentation.ts';
import { startBuiltServer } from '../support/programs.ts';

const DOCUMENTED_URL = 'http://localhost:8000';
const tokenSchema = v.object({ token: v.string() });

let server: RunningServer;
let folder = '';
let password = '';
let token = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-documentation-'));
  server = await startBuiltServer({ env: { DYNAMODB_ENDPOINT: '', LOGIN_REFUSAL_STEP_MS: '0' } });
  password = /password: (\S+)/.exec(server.output())?.[1] ?? '';
  token = await login();
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function login(): Promise<string> {
  const body = new URLSearchParams({ username: 'admin', password });
  const response = await fetch(`${server.url}/api/token/`, { method: 'POST', body });
  return v.parse(tokenSchema, await response.json()).token;
}

// documentation.long.test.ts runs the blocks of a migration, which start the sources several times.
describe('the documentation', () => {
  it('has only blocks with a known run mode', () => {
    const kinds = new Set(BLOCKS.flatMap(({ run }) => run ?? []));
    expect([...kinds].sort()).toEqual(['migration', 'posts', 'refresh', 'service', 'start']);
    const unread = BLOCKS.filter(({ language, run }) => language === 'ts' && run === undefined);
    expect(unread).toEqual([]);
  });

  it.each(blocksRun('start'))('shows the output of npm start in $place', (block) => {
    const [command] = commandsOf(block);
    const shown = outputPattern(command?.output ?? '');
    expect(server.output().replaceAll(server.url, DOCUMENTED_URL).trim()).toMatch(shown);
  });

  it.each(blocksRun('service'))('shows the output of each command in $place', async (block) => {
    for (const { text, output = '' } of commandsOf(block)) {
      const line = text
        .replaceAll(DOCUMENTED_URL, server.url)
        .replaceAll('"password":"…"', `"password":"${password}"`)
        .replaceAll(/eyJ[\w.-]*…/g, token);
      expect(line, 'a part of the command is left out').not.toContain('…');
      expect(await runInShell(line, server.env), text).toMatch(outputPattern(output));
    }
  });

  it.each(blocksRun('posts'))('lists every post by the code in $place', async ({ text }) => {
    const { listPosts } = await importModule('posts.ts', text);
    const pks: unknown[] = [];
    for await (const { pk } of listPosts(server.url, token)) pks.push(pk);
    expect(pks).toEqual([3, 2, 1]);
  });

  it.each(blocksRun('refresh'))(
    'refreshes by the code in $place, and repeats with the same key',
    async ({ text }) => {
      const { refresh } = await importModule('refresh.ts', text);
      const first = await login();
      const [key, other] = ['a key', 'another key'];
      const successor = await refresh(server.url, first, key);
      expect(successor).not.toBe(first);
      expect(await refresh(server.url, first, key)).toBe(successor);
      await expect(refresh(server.url, first, other)).rejects.toThrow('log in again');
    },
  );
});

/** Writes the code of a block to a file and imports it. */
async function importModule(name: string, text: string) {
  const path = join(folder, name);
  await writeFile(path, text);
  return import(pathToFileURL(path).href);
}
