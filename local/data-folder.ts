import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { LocalError } from './local-error.ts';

/** Returns the name of the local table. `TABLE_NAME` overrides it, for a DynamoDB that has other tables. */
export const localTableName = (): string => process.env.TABLE_NAME || 'latchkey-local';

const RUNNING_STORE = 'dynamodb.json';
const OWNER_ONLY = { file: 0o600, folder: 0o700 };

const runningSchema = v.object({ endpoint: v.pipe(v.string(), v.url()), pid: v.number() });

/** The endpoint of the embedded DynamoDB of a running server, and the process id of the server. */
export type RunningStore = v.InferOutput<typeof runningSchema>;

/** Creates the error for a folder that cannot be used. */
export const dataFolderError = (path: string, reason: string, cause: unknown): LocalError =>
  new LocalError(
    `The data folder ${path} cannot be used: ${reason}. Correct this, or set LATCHKEY_DATA_DIR to another folder.`,
    { cause },
  );

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'its file system is read-only',
  ENOSPC: 'no space is left on its device',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'it contains a folder in place of a file',
  ENOENT: 'a part of its path does not exist',
};

/** The git-ignored folder with the data that is kept across restarts. */
export class DataFolder {
  readonly path: string;
  /** The LevelDB of the embedded DynamoDB. */
  readonly database: string;
  /** An empty LevelDB. The process that holds its lock may open the database. */
  readonly lock: string;
  /** The file in which a running server publishes the endpoint of its DynamoDB. */
  readonly runningStore: string;

  /** @param path the default is `LATCHKEY_DATA_DIR`, or `.latchkey` in the working directory */
  constructor(path = process.env.LATCHKEY_DATA_DIR || '.latchkey') {
    this.path = resolve(path);
    this.database = join(this.path, 'dynamodb');
    this.lock = join(this.path, 'lock');
    this.runningStore = join(this.path, RUNNING_STORE);
  }

  /**
   * Creates the folder if it does not exist. Only its owner may read it and the files that this process creates from now on,
   * also if it existed with other permissions.
   *
   * @throws {LocalError} if it cannot be created, or belongs to another user
   */
  async create(): Promise<void> {
    await this.#explain(async () => {
      // The database creates its files with the permissions of the process.
      process.umask(0o077);
      await mkdir(this.path, { recursive: true, mode: OWNER_ONLY.folder });
      await chmod(this.path, OWNER_ONLY.folder);
      for (const path of [this.database, this.lock]) if (existsSync(path)) await restrict(path);
    });
  }

  /** Reads a file. Returns undefined if it does not exist. @throws {LocalError} */
  async read(name: string): Promise<string | undefined> {
    return this.#explain(() =>
      readFile(join(this.path, name), 'utf8').catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }),
    );
  }

  /** Writes a file that only its owner can read. The file is complete or unchanged at any time. @throws {LocalError} */
  async write(name: string, content: string): Promise<void> {
    const target = join(this.path, name);
    const draft = `${target}.${process.pid}.new`;
    await this.#explain(async () => {
      await writeFile(draft, content, { mode: OWNER_ONLY.file, flush: true });
      await rename(draft, target);
    });
  }

  async remove(name: string): Promise<void> {
    await this.#explain(() => rm(join(this.path, name), { force: true }));
  }

  /** Reads the endpoint of a running server. Returns undefined if there is none, or if the file is not valid. */
  async readRunningStore(): Promise<RunningStore | undefined> {
    const text = await this.read(RUNNING_STORE);
    if (text === undefined) return undefined;
    const result = v.safeParse(v.pipe(v.string(), v.parseJson(), runningSchema), text);
    return result.success ? result.output : undefined;
  }

  async writeRunningStore(store: RunningStore): Promise<void> {
    await this.write(RUNNING_STORE, `${JSON.stringify(store)}\n`);
  }

  async removeRunningStore(): Promise<void> {
    await this.remove(RUNNING_STORE);
  }

  /** Translates errors of the file system. */
  async #explain<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      const reason = REASONS[codeOf(cause) ?? ''];
      throw reason === undefined ? cause : dataFolderError(this.path, reason, cause);
    }
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Withdraws the permissions of others from a database. A file that another process deletes meanwhile is skipped. */
async function restrict(folder: string): Promise<void> {
  await chmod(folder, OWNER_ONLY.folder);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isFile()) continue;
    await chmod(path, OWNER_ONLY.file).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }
}
