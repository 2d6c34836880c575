import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import clientManifest from '../../client/package.json' with { type: 'json' };
import manifest from '../../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REMOTE = 'https://github.com/owner/latchkey.git';

/** The files that a release changes. */
const COMMITTED = ['CHANGELOG.md', 'client/package.json', 'package-lock.json', 'package.json'];

let folder = '';
const run = async (program: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { cwd: folder })).stdout.trim();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-release-'));
  for (const file of [...COMMITTED, '.gitignore']) {
    await cp(join(ROOT, file), join(folder, file));
  }
  const path = join(folder, 'CHANGELOG.md');
  const changelog = await readFile(path, 'utf8');
  // Directly after a release there are no unreleased changes.
  const hasChanges = /^## Unreleased$/m.test(changelog);
  if (!hasChanges)
    await writeFile(path, changelog.replace(/^## /m, '## Unreleased\n### Added\n- A change.\n\n## '));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await run('git', 'init', '--quiet');
  await run('git', 'config', 'user.name', 'Test');
  await run('git', 'config', 'user.email', 'test@example.com');
  await run('git', 'config', 'core.excludesFile', '');
  await run('git', 'config', 'core.hooksPath', '/dev/null');
  await run('git', 'remote', 'add', 'origin', REMOTE);
  await run('git', 'add', ...COMMITTED);
  await run('git', 'commit', '--quiet', '-m', 'first');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('CHANGELOG.md', () => {
  it('has the version of package.json as its latest release', async () => {
    expect(await run('npx', 'changelog', '--latest-release')).toBe(manifest.version);
  });
});

describe('client/package.json', () => {
  it('has the version of package.json', () => {
    expect(clientManifest.version).toBe(manifest.version);
  });
});

describe('npm version', () => {
  it('dates the unreleased changes, commits them with the new version of both packages and tags the commit', async () => {
    const [major, minor] = manifest.version.split('.').map(Number);
    const version = `${major}.${(minor ?? 0) + 1}.0`;
    await run('npm', 'version', 'minor');

    const changelog = await readFile(join(folder, 'CHANGELOG.md'), 'utf8');
    expect(changelog).toMatch(new RegExp(`^## \\[${version}\\] - \\d{4}-\\d\\d-\\d\\d$`, 'm'));
    expect(changelog).not.toMatch(/^## Unreleased/m);
    expect(changelog).toContain(`/compare/v${manifest.version}...v${version}`);
    expect(await run('git', 'describe', '--tags')).toBe(`v${version}`);
    expect((await run('git', 'show', '--name-only', '--format=')).split('\n')).toEqual(COMMITTED);

    const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));
    const { packages } = await read('package-lock.json');
    const written = [
      await read('package.json'),
      await read('client/package.json'),
      packages[''],
      packages.client,
    ];
    expect(written.map((one) => one.version)).toEqual([version, version, version, version]);
  });
});
