import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import { DeadlineHandler } from '../lib/deadline-handler.ts';
import { createDocumentClient } from '../lib/dynamodb/client.ts';
import { createTable } from './create-table.ts';
import { DataFolder, DataFolderError, localTableName } from './data-folder.ts';
import type { EmbeddedDynamoDB } from './embedded-dynamodb.ts';
import { requestLoopback } from './loopback-request.ts';

/** A DynamoDB with the local table. */
export interface LocalStore {
  readonly endpoint: string;
  /** The data folder, or the table and the endpoint of `DYNAMODB_ENDPOINT`. */
  readonly place: string;
  /** Whether its table was created now. */
  readonly isNew: boolean;
  close(): Promise<void>;
}

/** Another process uses the data folder. The message states the remedy. */
export class StoreBusyError extends Error {
  /** @param pid the process id of the server that uses it; undefined if it is another command */
  constructor(path: string, pid?: number) {
    super(
      pid === undefined
        ? `Another process uses the data folder ${path}. Wait until it ends and run the command again.`
        : `Latchkey is already running with the data folder ${path} (process ${pid}). Stop it, or start another ` +
            'server with its own data: LATCHKEY_DATA_DIR=.latchkey-2 PORT=8001 npm start',
    );
    this.name = 'StoreBusyError';
  }
}

/** The DynamoDB at `DYNAMODB_ENDPOINT` does not respond, or rejects a request. */
export class StoreUnreachableError extends Error {
  constructor(endpoint: string, options: ErrorOptions) {
    super(
      `No DynamoDB responds at ${endpoint} (DYNAMODB_ENDPOINT). Start it, or unset the variable to use the embedded one.`,
      options,
    );
    this.name = 'StoreUnreachableError';
  }
}

/** How long a process waits for another one to release the data, such as a command or a server that is stopping. */
const RELEASE_WAIT_MS = 5_000;
const RETRY_MS = 100;
const RESPONSE_MS = 2_000;

/**
 * Opens the local data for a command: the DynamoDB at `DYNAMODB_ENDPOINT` if it is set, otherwise that of a running server,
 * otherwise an embedded DynamoDB in this process. Creates the table if it does not exist.
 *
 * @throws {StoreBusyError} if another process does not release the data in time
 * @throws {StoreUnreachableError}
 * @throws {DataFolderError}
 */
export async function openLocalStore({ dataDir }: { dataDir?: string } = {}): Promise<LocalStore> {
  const folder = new DataFolder(dataDir);
  return (
    (await openExternalStore()) ??
    untilOpen(folder, async () => (await openEmbeddedStore(folder)) ?? findRunningStore(folder))
  );
}

/**
 * Opens the local data for a server, and publishes the endpoint to other processes.
 *
 * @throws {StoreBusyError} if another process does not release the data in time
 * @throws {StoreUnreachableError}
 * @throws {DataFolderError}
 */
export async function serveLocalStore({ dataDir }: { dataDir?: string } = {}): Promise<LocalStore> {
  const external = await openExternalStore();
  if (external !== undefined) return external;
  const folder = new DataFolder(dataDir);
  const store = await untilOpen(folder, async () => {
    const own = await openEmbeddedStore(folder);
    // A running server does not release the data, so waiting for it is pointless.
    if (own === undefined && (await findRunningStore(folder)) !== undefined) {
      throw new StoreBusyError(folder.path, (await folder.readRunningStore())?.pid);
    }
    return own;
  });
  await folder.writeRunningStore({ endpoint: store.endpoint, pid: process.pid });
  const stopPassing = passDirectly(store);
  return {
    ...store,
    close: async () => {
      stopPassing();
      await folder.removeRunningStore();
      await store.close();
    },
  };
}

async function untilOpen<Store>(folder: DataFolder, open: () => Promise<Store | undefined>): Promise<Store> {
  await folder.create();
  const end = performance.now() + RELEASE_WAIT_MS;
  for (;;) {
    const store = await open();
    if (store !== undefined) return store;
    if (performance.now() > end) throw new StoreBusyError(folder.path);
    await delay(RETRY_MS);
  }
}

async function openExternalStore(): Promise<LocalStore | undefined> {
  const endpoint = process.env.DYNAMODB_ENDPOINT;
  if (!endpoint) return undefined;
  try {
    const isNew = await ensureTable(endpoint);
    return { endpoint, place: `table ${localTableName()} at ${endpoint}`, isNew, close: async () => {} };
  } catch (cause) {
    throw new StoreUnreachableError(endpoint, { cause });
  }
}

/** Opens the data in this process. Returns undefined if another process has it open. */
async function openEmbeddedStore(folder: DataFolder): Promise<(LocalStore & EmbeddedDynamoDB) | undefined> {
  const lock = await acquire(folder.lock);
  if (lock === undefined) return undefined;
  try {
    // Its server has ended, and another program may use the port.
    await folder.removeRunningStore();
    // The embedded DynamoDB ends the process if its database is damaged.
    await (await acquire(folder.database))?.close();
    // Other users of this machine reach the port, but not the data folder, which passes the key to other processes.
    const { startEmbeddedDynamoDB } = await import('./embedded-dynamodb.ts');
    const engine = await startEmbeddedDynamoDB(folder.database, randomBytes(16).toString('hex'));
    const isNew = await ensureTable(engine.endpoint);
    return {
      ...engine,
      place: folder.path,
      isNew,
      close: async () => {
        await engine.close();
        await lock.close();
      },
    };
  } catch (error) {
    await lock.close();
    throw error;
  }
}

/**
 * Acquires the lock. Returns undefined if another process holds it. The operating system releases the lock of a LevelDB
 * when the process ends in any way, which a file with a process id cannot guarantee. The database has its own lock, but
 * the embedded DynamoDB ends the process if that is held.
 */
async function acquire(path: string): Promise<ClassicLevel | undefined> {
  const lock = new ClassicLevel(path);
  try {
    await lock.open();
    return lock;
  } catch (error) {
    if (isLocked(error)) return undefined;
    const { message } =
      error instanceof Error && error.cause instanceof Error ? error.cause : { message: String(error) };
    throw new DataFolderError(dirname(path), message, { cause: error });
  }
}

const isLocked = (error: unknown): boolean =>
  error instanceof Error &&
  error.cause instanceof Error &&
  'code' in error.cause &&
  error.cause.code === 'LEVEL_LOCKED';

/** The engines of this process, by host and port. */
const ownEngines = new Map<string, EmbeddedDynamoDB>();
let isPatched = false;

/**
 * Passes the requests of this process to its own engine without a connection, because HTTP takes more time than the engine.
 * Returns a function that undoes this.
 */
function passDirectly(engine: EmbeddedDynamoDB): () => void {
  patchDeadlineHandler();
  const { host } = new URL(engine.endpoint);
  ownEngines.set(host, engine);
  return () => ownEngines.delete(host);
}

function patchDeadlineHandler(): void {
  if (isPatched) return;
  isPatched = true;
  const { handle } = DeadlineHandler.prototype;
  DeadlineHandler.prototype.handle = async function (request, options) {
    const own = ownEngines.get(`${request.hostname}:${request.port}`);
    return own ? { response: await own.respond(request) } : handle.call(this, request, options);
  };
}

async function findRunningStore(folder: DataFolder): Promise<LocalStore | undefined> {
  const running = await folder.readRunningStore();
  if (running === undefined) return undefined;
  try {
    const { body } = await requestLoopback(`http://${new URL(running.endpoint).host}`, RESPONSE_MS);
    if (!body.startsWith('healthy: dynamodb')) return undefined;
  } catch {
    return undefined;
  }
  return { endpoint: running.endpoint, place: folder.path, isNew: false, close: async () => {} };
}

/** Creates the table if it does not exist. Returns whether it did. */
async function ensureTable(endpoint: string): Promise<boolean> {
  const client = createDocumentClient({ region: 'local', endpoint });
  try {
    await createTable(client, localTableName());
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceInUseException') return false;
    throw error;
  } finally {
    client.destroy();
  }
}
