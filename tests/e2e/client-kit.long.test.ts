import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../tools/client-kit/scenarios.ts';
import { startKitServer } from '../../tools/client-kit/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const withoutPython = spawnSync('python3', ['--version']).error ? ' (skipped: there is no python3)' : '';
const page =
  readFileSync(join(ROOT, 'docs/mobile.md'), 'utf8').split('### Scenarios')[1]?.split('###')[0] ?? '';
const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', 'tools/client-kit/index.ts', ...args], {
    cwd: ROOT,
  });

describe('npm run client-kit', () => {
  it('--self-test passes all scenarios with the client, and fails the documented ones with the control', async () => {
    const { stdout } = await run('--port', '0', '--self-test', '--json');
    const report: Record<'client' | 'control', { scenario: string; passed: boolean }[]> = JSON.parse(stdout);
    expect(report.client).toHaveLength(SCENARIOS.length);
    expect(report.client.filter(({ passed }) => !passed)).toEqual([]);
    const documented = [...page.matchAll(/^\| `([\w-]+)` \|.*\| (\*\*)?[^|]+\|$/gm)].map(
      ([, scenario, isLost]) => ({
        scenario,
        passed: isLost === undefined,
      }),
    );
    expect(report.control.map(({ scenario, passed }) => ({ scenario, passed }))).toEqual(documented);
  });

  it.skipIf(withoutPython !== '')(`is passed by the client in Python${withoutPython}`, async () => {
    const server = await startKitServer(0);
    try {
      const args = ['tools/client-kit/client.py', server.url];
      const { stdout } = await promisify(execFile)('python3', args, { cwd: ROOT });
      expect(server.kit.verdicts).toHaveLength(SCENARIOS.length);
      expect(server.kit.verdicts.filter(({ passed }) => !passed)).toEqual([]);
      expect(stdout.match(/True/g)).toHaveLength(SCENARIOS.length);
    } finally {
      await server.close();
    }
  });

  it('--help has an example', async () => {
    expect((await run('--help')).stdout).toContain('Example: npm run client-kit -- --port 8100 --self-test');
  });
});
