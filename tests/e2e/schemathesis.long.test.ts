import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningServer } from '../../tools/harness/server.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { startBuiltServer } from '../support/programs.ts';

const SCHEMATHESIS = fileURLToPath(new URL('../../.tools/schemathesis/bin/schemathesis', import.meta.url));
const FOLDER = fileURLToPath(new URL('../schemathesis/', import.meta.url));
const isMissing = !existsSync(SCHEMATHESIS);
const REASON = isMissing ? ' (Schemathesis is missing: see CONTRIBUTING.md)' : '';

const outputSchema = v.object({ stdout: v.string(), stderr: v.string() });

let server: RunningServer;
/** Schemathesis writes to its working directory what it has found, and tries it again the next time. */
let folder = '';
beforeAll(async () => {
  if (isMissing) return;
  folder = await mkdtemp(join(tmpdir(), 'latchkey-schemathesis-'));
  // Otherwise all responses would be 429 after a while.
  const unlimited = { THROTTLE_PAIR_FAILURES: '1000', THROTTLE_ADDRESS_FAILURES: '999999' };
  server = await startBuiltServer({ env: { ...unlimited, LOGIN_REFUSAL_STEP_MS: '0' } });
});
afterAll(async () => {
  await server?.stop();
  if (folder !== '') await rm(folder, { recursive: true, force: true });
});

/** Runs Schemathesis on the description that the server returns. Returns its report. */
async function report(): Promise<string> {
  const [, password = ''] = /password: (\S+)/.exec(server.output()) ?? [];
  const env = {
    ...process.env,
    LATCHKEY_URL: server.url,
    LATCHKEY_USERNAME: 'admin',
    LATCHKEY_PASSWORD: password,
    PYTHONPATH: FOLDER,
    PYTHONDONTWRITEBYTECODE: '1',
    SCHEMATHESIS_HOOKS: 'hooks',
  };
  const options = ['--config-file', `${FOLDER}schemathesis.toml`, 'run', '--no-color'];
  const run = promisify(execFile)(SCHEMATHESIS, [...options, `${server.url}/api/openapi.json`], {
    cwd: folder,
    env,
  });
  const { stdout, stderr } = v.parse(outputSchema, await run.catch((error: unknown) => error));
  return stdout + stderr;
}

it.skipIf(isMissing)(
  `Schemathesis finds no undescribed response and no fault${REASON}`,
  async () => {
    const text = await report();
    expect(text).toContain('No issues found');
    expect(text).toMatch(/Tested: 11$/m);
    expect(server.output()).not.toContain('"status":5');
  },
  LONG_TEST_MS,
);
