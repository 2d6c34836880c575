import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import { DeadlineHandler } from '../lib/deadline-handler.ts';
import { createDocumentClient } from '../lib/dynamodb/client.ts';
import { createTable } from './create-table.ts';
import { DataFolder, dataFolderError, localTableName, type RunningStore } from './data-folder.ts';
import type { EmbeddedDynamoDB } from './embedded-dynamodb.ts';
import { LocalError } from './local-error.ts';
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

/** How long a process waits for another one to release the data, such as a command or a server that is stopping. */
const RELEASE_WAIT_MS = 5_000;
const RETRY_MS = 100;
const RESPONSE_MS = 2_000;

/**
 * Opens the local data for a command: the DynamoDB at `DYNAMODB_ENDPOINT` if it is set, otherwise that of a running server,
 * otherwise an embedded DynamoDB in this process. Creates the table if it does not exist.
 *
 * @throws {LocalError} if another process does not release the data in time, or if the data cannot be used
 */
export async function openLocalStore(folder = new DataFolder()): Promise<LocalStore> {
  return (
    (await openExternalStore()) ??
    untilOpen(folder, async () => {
      const own = await openEmbeddedStore(folder);
      if (own !== undefined) return own;
      const running = await findRunningStore(folder);
      return running && { ...UNOWNED, endpoint: running.endpoint, place: folder.path };
    })
  );
}

/**
 * Opens the local data for a server, and publishes the endpoint to other processes.
 *
 * @throws {LocalError} if another process does not release the data in time, or if the data cannot be used
 */
export async function serveLocalStore(folder = new DataFolder()): Promise<LocalStore> {
  const external = await openExternalStore();
  if (external !== undefined) return external;
  const store = await untilOpen(folder, async () => {
    const own = await openEmbeddedStore(folder);
    const running = own === undefined ? await findRunningStore(folder) : undefined;
    if (running === undefined) return own;
    // A running server does not release the data, so waiting for it is pointless.
    throw new LocalError(
      `Latchkey is already running with the data folder ${folder.path} (process ${running.pid}). Stop it, or start another ` +
        'server with its own data: LATCHKEY_DATA_DIR=.latchkey-2 PORT=8001 npm start',
    );
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

/** What stores of other processes have in common. */
const UNOWNED = { isNew: false, close: async () => {} };

async function untilOpen<Store>(folder: DataFolder, open: () => Promise<Store | undefined>): Promise<Store> {
  await folder.create();
  const end = performance.now() + RELEASE_WAIT_MS;
  for (;;) {
    const store = await open();
    if (store !== undefined) return store;
    if (performance.now() > end)
      throw new LocalError(
        `Another process uses the data folder ${folder.path}. Wait until it ends and run the command again.`,
      );
    await delay(RETRY_MS);
  }
}

async function openExternalStore(): Promise<LocalStore | undefined> {
  const endpoint = process.env.DYNAMODB_ENDPOINT;
  if (!endpoint) return undefined;
  try {
    const isNew = await ensureTable(endpoint);
    return { ...UNOWNED, endpoint, place: `table ${localTableName()} at ${endpoint}`, isNew };
  } catch (cause) {
    throw new LocalError(
      `No DynamoDB responds at ${endpoint} (DYNAMODB_ENDPOINT). Start it, or unset the variable to use the embedded one.`,
      { cause },
    );
  }
}

/** Opens the data in this process. Returns undefined if another process has it open. */
async function openEmbeddedStore(folder: DataFolder): Promise<(LocalStore & EmbeddedDynamoDB) | undefined> {
  const lock = await acquire(folder, folder.lock);
  if (lock === undefined) return undefined;
  try {
    // Its server has ended, and another program may use the port.
    await folder.removeRunningStore();
    // The embedded DynamoDB ends the process if its database is damaged.
    await (await acquire(folder, folder.database))?.close();
    // Other users of this machine reach the port, but not the data folder, which passes the key to other processes.
    const { startEmbeddedDynamoDB } = await import('./embedded-dynamodb.ts');
    const engine = await startEmbeddedDynamoDB(folder.database, randomBytes(16).toString('hex'));
    const close = async () => {
      await engine.close();
      await lock.close();
    };
    return { ...engine, place: folder.path, isNew: await ensureTable(engine.endpoint), close };
  } catch (error) {
    await lock.close();
    throw error;
  }
}

/**
 * Acquires the lock of a LevelDB. Returns undefined if another process holds it. The operating system releases it when the process
 * ends in any way, which a file with a process id cannot guarantee. The database has its own lock, but the embedded DynamoDB ends the
 * process if that is held.
 */
async function acquire({ path }: DataFolder, level: string): Promise<ClassicLevel | undefined> {
  const lock = new ClassicLevel(level);
  try {
    await lock.open();
    return lock;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED') return undefined;
    throw dataFolderError(path, cause instanceof Error ? cause.message : String(error), error);
  }
}

/**
 * Passes the requests of this process to its own engine without a connection, because HTTP takes more time than the engine.
 * Returns a function that undoes this. A process passes requests to one engine at a time.
 */
function passDirectly(engine: EmbeddedDynamoDB): () => void {
  const { host } = new URL(engine.endpoint);
  const { handle } = DeadlineHandler.prototype;
  DeadlineHandler.prototype.handle = async function (request, options) {
    return `${request.hostname}:${request.port}` === host
      ? { response: await engine.respond(request) }
      : handle.call(this, request, options);
  };
  return () => {
    DeadlineHandler.prototype.handle = handle;
  };
}

/** Finds the server that has published its endpoint and responds. */
async function findRunningStore(folder: DataFolder): Promise<RunningStore | undefined> {
  const running = await folder.readRunningStore();
  if (running === undefined) return undefined;
  const url = `http://${new URL(running.endpoint).host}`;
  const response = await requestLoopback(url, RESPONSE_MS).catch(() => undefined);
  return response?.body.startsWith('healthy: dynamodb') ? running : undefined;
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
