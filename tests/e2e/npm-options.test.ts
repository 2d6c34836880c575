import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE } from '../../contract/cases.ts';
import { LOCAL_DATA, manage } from '../support/manage.ts';

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
    ['--stage and its value', { npm_config_stage: 'true' }, ['users', 'list', 'prod']],
    ['--yes', { npm_config_yes: 'true' }, ['users', 'delete', 'deku']],
  ])('fails without effect: %s', async (option, env, args) => {
    const { code, stdout, stderr } = await manage(args, { dataDir: folder, env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`npm did not pass on ${option.split(' ')[0]}. Write -- before the arguments`);
  });
});

describe('a relative path', () => {
  const DUMP = 'relative-dump.json';
  /** The variables of a script that npm starts in a folder below that of package.json, or above it with --prefix. */
  const fromFolder = (manifest: string) => ({ INIT_CWD: folder, npm_package_json: manifest });
  const ofProject = join(process.cwd(), 'package.json');
  const run = (args: readonly string[], { manifest = ofProject, input = '' } = {}) =>
    manage(args, { dataDir: join(folder, 'data'), env: fromFolder(manifest), input });

  it('is relative to the folder in which npm was started', async () => {
    await copyFile(fileURLToPath(FIXTURE), join(folder, DUMP));
    await writeFile(join(folder, 'content.txt'), 'text');
    expect(await run(['loaddata', DUMP])).toMatchObject({ code: 0, stderr: LOCAL_DATA });
    expect(await run(['dumpdata', '--output', 'out.json'])).toMatchObject({
      code: 0,
      stderr: `Wrote 12 users and 9 posts to ${join(folder, 'out.json')}.\n`,
    });
    expect(JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'))).toHaveLength(21);
    const add = ['posts', 'add', '--title', 'T', '--author', 'deku', '--content-file'];
    expect(await run([...add, 'content.txt'])).toMatchObject({ code: 0, stderr: LOCAL_DATA });
    expect(await run([...add, '-'], { input: 'text' })).toMatchObject({ code: 0, stderr: LOCAL_DATA });
    expect(await run(['loaddata', 'missing.json'])).toMatchObject({
      code: 1,
      stderr: `The file ${join(folder, 'missing.json')} does not exist. Check the path.\n`,
    });
  });

  it('is relative to the working directory if npm runs another package', async () => {
    expect(await run(['loaddata', DUMP], { manifest: join(folder, 'package.json') })).toMatchObject({
      code: 1,
      stderr: `The file ${DUMP} does not exist. Check the path.\n`,
    });
  });
});
