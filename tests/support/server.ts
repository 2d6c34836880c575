import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY = /^Latchkey on (\S+)$/m;
const READY_WITHIN_MS = 45_000;

export interface RunningServer {
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  /** What another process needs in its environment to find the same data. */
  readonly env: Readonly<Record<string, string>>;
  /** Everything the server has written so far, both streams. */
  output(): string;
  /** Ends the server and waits for it; gives its exit code, nothing after a signal that cannot be caught. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ServerOptions {
  /** The data folder, kept at the end; without, a temporary one. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the service as `npm start` does, on a free port, and waits until it says that it is ready. */
export async function startServer({ dataDir, env = {} }: ServerOptions = {}): Promise<RunningServer> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'latchkey-')));
  // On an engine that other tests use too, a table of its own; who brings a folder or an engine brings the table's name.
  const owned = dataDir !== undefined || 'DYNAMODB_ENDPOINT' in env;
  const external = owned ? undefined : process.env.DYNAMODB_ENDPOINT;
  const table = external ? { TABLE_NAME: `latchkey-test-${randomUUID()}` } : {};
  const shared = { LATCHKEY_DATA_DIR: folder, ...table, ...env };
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', ...shared },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close');
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the server ${why}:\n${output}`));
    const timer = setTimeout(() => fail('was not ready in time'), READY_WITHIN_MS);
    child.stdout.on('data', () => {
      const [, ready] = READY.exec(output) ?? [];
      if (ready === undefined) return;
      clearTimeout(timer);
      resolve(ready);
    });
    child.once('close', () => {
      clearTimeout(timer);
      fail('ended');
    });
  }).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await ended;
    throw error;
  });
  return {
    url,
    dataDir: folder,
    pid: child.pid ?? 0,
    env: shared,
    output: () => output,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended;
      if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
      if (external && table.TABLE_NAME) await deleteTable(external, table.TABLE_NAME);
      return child.exitCode;
    },
  };
}

async function deleteTable(endpoint: string, TableName: string): Promise<void> {
  const client = createDocumentClient({ region: 'local', endpoint });
  await client.send(new DeleteTableCommand({ TableName }));
  client.destroy();
}
