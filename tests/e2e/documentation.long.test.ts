import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIXTURE } from '../../contract/cases.ts';
import { blocksRun, commandsOf, runInShell } from '../support/documentation.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-documentation-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the documentation', () => {
  it.each(blocksRun('migration'))('runs the commands in $place on a dump of Django', async (block) => {
    const commands = commandsOf(block);
    expect(commands.length).toBeGreaterThan(0);
    for (const { text } of commands) {
      const line = text.replaceAll('dump.json', `'${fileURLToPath(FIXTURE)}'`);
      await runInShell(line, { LATCHKEY_DATA_DIR: join(folder, 'data'), DYNAMODB_ENDPOINT: '' });
    }
  });
});
