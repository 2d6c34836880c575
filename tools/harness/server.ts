import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { createDocumentClient, type Table } from '../../lib/dynamodb/client.ts';
import { DataFolder } from '../../local/data-folder.ts';
import { awaitedOutput } from './awaited-output.ts';
import { RESPONSE_MS } from './time-limits.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY = /^Latchkey on (\S+)$/m;

export interface RunningServer {
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  /** The environment variables with which another process uses the same data. */
  readonly env: Readonly<Record<string, string>>;
  /** Returns the output of the server so far, from both streams. With a probe, returns only the end of it. */
  output(): string;
  /** Sends a message to the probe in the server and returns its response. */
  ask(message: string): Promise<unknown>;
  /** Stops the server and waits for its end. Returns its exit code, or null after a signal that cannot be caught. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ServerOptions {
  /** The absolute path of the project folder; this project by default. */
  readonly root?: string;
  /** The module that starts the service, relative to the root. The default is `local/start.ts`. TypeScript runs with tsx. */
  readonly entry?: string;
  /** The data folder, which is not removed. By default, a temporary folder that is removed. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Node arguments that load a probe into the server. */
  readonly probe?: readonly string[];
}

/**
 * The minimum number of output characters that are kept from a server with a probe. Under load, its output is
 * unbounded.
 */
const KEPT_OUTPUT = 100_000;

/** Starts the service as `npm start` does, on a free port, and waits until it is ready. */
export async function startServer({
  root = ROOT,
  entry = 'local/start.ts',
  dataDir,
  env = {},
  probe,
}: ServerOptions = {}): Promise<RunningServer> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'latchkey-')));
  // Other tests may share the external engine, so the server gets its own table, unless the caller sets the data folder
  // or the engine.
  const owned = dataDir !== undefined || 'DYNAMODB_ENDPOINT' in env;
  const external = owned ? undefined : process.env.DYNAMODB_ENDPOINT;
  const table = external ? { TABLE_NAME: `latchkey-test-${randomUUID()}` } : {};
  const shared = { LATCHKEY_DATA_DIR: folder, ...table, ...env };
  const loader = entry.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const child = spawn(process.execPath, [...loader, ...(probe ?? []), entry], {
    cwd: root,
    env: { ...process.env, PORT: '0', ...shared },
    stdio: ['ignore', 'pipe', 'pipe', ...(probe ? ['ipc' as const] : [])],
    // Ctrl-C in a terminal must reach only the process that controls the probe, so that requests in progress still receive
    // a response.
    detached: probe !== undefined,
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the server has no output');
  let output = '';
  for (const stream of [stdout, stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (probe && output.length > 2 * KEPT_OUTPUT) output = output.slice(-KEPT_OUTPUT);
    });
  }
  const ended = once(child, 'close');
  const url = await awaitedOutput(child, READY, 'the server').catch(async (error: unknown) => {
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
    ask: async (message) => {
      if (!child.connected) throw new Error(`the server has no probe, or has ended:\n${output}`);
      const received = once(child, 'message', { signal: AbortSignal.timeout(RESPONSE_MS) });
      child.send(message);
      return (await received)[0];
    },
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended;
      if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
      if (external && table.TABLE_NAME) await deleteTable(external, table.TABLE_NAME);
      return child.exitCode;
    },
  };
}

/** Returns the table of a running server, with a new client that the caller must destroy. */
export async function tableOf({ dataDir, env }: RunningServer): Promise<Table> {
  const own = await new DataFolder(dataDir).readRunningStore();
  const endpoint = own?.endpoint ?? process.env.DYNAMODB_ENDPOINT;
  return {
    client: createDocumentClient({ region: 'local', endpoint }),
    name: env.TABLE_NAME ?? 'latchkey-local',
  };
}

async function deleteTable(endpoint: string, TableName: string): Promise<void> {
  const client = createDocumentClient({ region: 'local', endpoint });
  await client.send(new DeleteTableCommand({ TableName }));
  client.destroy();
}
