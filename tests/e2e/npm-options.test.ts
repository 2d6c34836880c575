import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE } from '../../contract/cases.ts';
import { manage } from '../support/manage.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-npm-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a command whose option npm has taken', () => {
  // `npm run manage loaddata dump.json --dry-run` passes on the file only, and sets this variable.
  it.each([
    ['--dry-run', { npm_config_dry_run: 'true' }, ['loaddata', fileURLToPath(FIXTURE)]],
    ['--stage', { npm_config_stage: 'prod' }, ['users', 'list']],
    ['--yes', { npm_config_yes: 'true' }, ['users', 'delete', 'deku']],
  ])('fails without effect: %s', async (option, env, args) => {
    const { code, stdout, stderr } = await manage(args, { dataDir: folder, env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`npm did not pass on ${option}. Write -- before the arguments`);
  });
});
