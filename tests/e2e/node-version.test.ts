import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { RESPONSE_MS } from '../../tools/harness/time-limits.ts';
import { copyProject } from '../support/package-service.ts';

const RANGE = '>=999';
/** The scripts that run a program of this project. */
const scripts = Object.entries(manifest.scripts)
  .map(([name, line]) => ({ name, words: line.split(' ') }))
  .filter(({ words: [command] }) => command === 'node');

let project: string;
beforeAll(async () => {
  project = await copyProject();
  const file = join(project, 'package.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(manifest.engines.node, RANGE));
});
afterAll(() => rm(project, { recursive: true, force: true }));

it('every script checks the version of Node.js, except for those of development tools', () => {
  const covered = new Set(scripts.map(({ name }) => name));
  const others = Object.entries(manifest.scripts).filter(([name]) => !covered.has(name));
  for (const [name, line] of others) expect(line, name).toMatch(/^(vitest|tsc|biome|changelog) /);
});

it.each(scripts)(
  'npm run $name reports a version of Node.js that is not supported',
  async ({ words: [, ...args] }) => {
    const run = promisify(execFile)(process.execPath, args, { cwd: project, timeout: RESPONSE_MS });
    await expect(run).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        `Latchkey needs Node ${RANGE}; this is ${process.version}. ` +
        'Install a supported version and run the command again.\n',
    });
  },
);
