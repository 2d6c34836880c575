import { setTimeout as delay } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import { createDocumentClient } from '../lib/dynamodb/client.ts';
import { createTable } from './create-table.ts';
import { DataFolder, localTableName } from './data-folder.ts';
import { startEmbeddedDynamoDB } from './embedded-dynamodb.ts';

/** A DynamoDB that holds the local table. */
export interface LocalStore {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Another process holds the data folder. */
export class StoreBusyError extends Error {
  constructor(path: string) {
    super(`The data folder ${path} is in use by another process.`);
    this.name = 'StoreBusyError';
  }
}

/** The engine that `DYNAMODB_ENDPOINT` names does not do what is asked of it. */
export class StoreUnreachableError extends Error {
  constructor(endpoint: string, options: ErrorOptions) {
    super(`No DynamoDB answers at ${endpoint} (DYNAMODB_ENDPOINT).`, options);
    this.name = 'StoreUnreachableError';
  }
}

/** How long a process waits for another to let go of the data: a command, or a server that is ending. */
const PATIENCE_MS = 5_000;
const RETRY_MS = 100;
const ANSWER_MS = 2_000;

/**
 * Opens the local data, whether or not a server runs: through the running server's DynamoDB, else in this process.
 * `DYNAMODB_ENDPOINT` names another engine. The table is made where it is missing.
 *
 * @throws {StoreBusyError} when another process holds the data and does not let go
 * @throws {StoreUnreachableError}
 */
export async function openLocalStore({ dataDir }: { dataDir?: string } = {}): Promise<LocalStore> {
  const folder = new DataFolder(dataDir);
  return (
    (await openExternalStore()) ??
    untilOpen(folder, async () => (await openEmbeddedStore(folder)) ?? findRunningStore(folder))
  );
}

/**
 * Opens the local data in this process, for a server: other processes learn where it answers.
 *
 * @throws {StoreBusyError} when another process holds the data and does not let go
 * @throws {StoreUnreachableError}
 */
export async function serveLocalStore({ dataDir }: { dataDir?: string } = {}): Promise<LocalStore> {
  const external = await openExternalStore();
  if (external !== undefined) return external;
  const folder = new DataFolder(dataDir);
  const store = await untilOpen(folder, async () => {
    const own = await openEmbeddedStore(folder);
    // A server that answers is there to stay: no use in waiting for it.
    if (own === undefined && (await findRunningStore(folder)) !== undefined)
      throw new StoreBusyError(folder.path);
    return own;
  });
  await folder.writeRunningStore({ endpoint: store.endpoint, pid: process.pid });
  return {
    endpoint: store.endpoint,
    close: async () => {
      await folder.removeRunningStore();
      await store.close();
    },
  };
}

async function untilOpen(
  folder: DataFolder,
  open: () => Promise<LocalStore | undefined>,
): Promise<LocalStore> {
  await folder.create();
  const end = performance.now() + PATIENCE_MS;
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
    await ensureTable(endpoint);
  } catch (cause) {
    throw new StoreUnreachableError(endpoint, { cause });
  }
  return { endpoint, close: async () => {} };
}

/** Opens the data in this process; nothing where another process has it open. */
async function openEmbeddedStore(folder: DataFolder): Promise<LocalStore | undefined> {
  const lock = await acquire(folder.lock);
  if (lock === undefined) return undefined;
  try {
    // Whoever wrote it holds the data no longer, and its port may be another's by now.
    await folder.removeRunningStore();
    const engine = await startEmbeddedDynamoDB(folder.database);
    await ensureTable(engine.endpoint);
    return {
      endpoint: engine.endpoint,
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
 * Takes the lock; nothing where another has it. A LevelDB has one owner at a time, and the operating system ends that
 * with the process however it dies, which no file with a process id can say of itself. The data has a lock of its own,
 * but the embedded DynamoDB ends the process that finds it taken.
 */
async function acquire(path: string): Promise<ClassicLevel | undefined> {
  const lock = new ClassicLevel(path);
  try {
    await lock.open();
    return lock;
  } catch (error) {
    if (isLocked(error)) return undefined;
    throw error;
  }
}

const isLocked = (error: unknown): boolean =>
  error instanceof Error &&
  error.cause instanceof Error &&
  'code' in error.cause &&
  error.cause.code === 'LEVEL_LOCKED';

async function findRunningStore(folder: DataFolder): Promise<LocalStore | undefined> {
  const running = await folder.readRunningStore();
  if (running === undefined) return undefined;
  try {
    const answer = await fetch(running.endpoint, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (!(await answer.text()).startsWith('healthy: dynamodb')) return undefined;
  } catch {
    return undefined;
  }
  return { endpoint: running.endpoint, close: async () => {} };
}

async function ensureTable(endpoint: string): Promise<void> {
  const client = createDocumentClient({ region: 'local', endpoint });
  try {
    await createTable(client, localTableName());
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ResourceInUseException')) throw error;
  } finally {
    client.destroy();
  }
}
