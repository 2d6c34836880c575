import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { type RunningServer, startServer } from '../../tools/harness/server.ts';
import { builtRoot, startBuiltServer } from './programs.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Selects the embedded engine, which persists its data. An empty variable counts as not set. */
export const EMBEDDED = { DYNAMODB_ENDPOINT: '', TABLE_NAME: '', JWT_AUTH_HEADER_PREFIX: '' };

export const tokenSchema = v.strictObject({ token: v.string() });
export const postsSchema = v.array(v.looseObject({ pk: v.number() }));

let dataDir: string;
let running: RunningServer[];

/** Creates a data folder for each test of the file, and ends the servers of the test. */
export function useDataFolder(): { readonly path: string } {
  // These tests are about the embedded engine, even if other tests use an external one.
  beforeAll(() => {
    vi.stubEnv('DYNAMODB_ENDPOINT', '');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'latchkey-start-'));
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((server) => server.stop('SIGKILL')));
    await rm(dataDir, { recursive: true, force: true });
  });
  return {
    get path() {
      return dataDir;
    },
  };
}

/** Starts a server with the data folder of the test. */
export const start = (env: Record<string, string> = {}): Promise<RunningServer> =>
  track(startBuiltServer({ dataDir, env: { ...EMBEDDED, ...env } }));

/** The same from the sources, as `npm start` does. */
export const startFromSource = (): Promise<RunningServer> => track(startServer({ dataDir, env: EMBEDDED }));

async function track(starting: Promise<RunningServer>): Promise<RunningServer> {
  const server = await starting;
  running.push(server);
  return server;
}

/** Runs a printed line in a shell. */
export const paste = async (line: string): Promise<unknown> =>
  JSON.parse((await promisify(execFile)('bash', ['-c', line])).stdout);

export const curlLines = (server: RunningServer) =>
  server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('curl '));

/**
 * Starts the service with the expectation that it fails. Returns its exit code and output.
 *
 * @param project a folder with the bundled programs, for example one of `copyPrograms`
 */
export async function failingStart(env: Record<string, string>, project = builtRoot()) {
  const child = spawn(process.execPath, ['local/start.mjs'], {
    cwd: project,
    env: { ...process.env, ...EMBEDDED, LATCHKEY_DATA_DIR: dataDir, PORT: '0', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, lines: output.trimEnd().split('\n') };
}
