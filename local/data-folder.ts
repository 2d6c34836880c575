import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as v from 'valibot';

/** The name of the one table locally; `TABLE_NAME` names another, on an engine that others use too. */
export const localTableName = (): string => process.env.TABLE_NAME || 'latchkey-local';

const RUNNING_STORE = 'dynamodb.json';
const OWNER_ONLY = { file: 0o600, folder: 0o700 };

const runningSchema = v.object({ endpoint: v.pipe(v.string(), v.url()), pid: v.number() });

/** Where a running server's embedded DynamoDB answers, and which process it is. */
export type RunningStore = v.InferOutput<typeof runningSchema>;

/** The git-ignored folder that holds everything which survives a restart. */
export class DataFolder {
  readonly path: string;

  /** @param path by default `LATCHKEY_DATA_DIR`, else `.latchkey` in the working directory */
  constructor(path = process.env.LATCHKEY_DATA_DIR || '.latchkey') {
    this.path = resolve(path);
  }

  /** The LevelDB of the embedded DynamoDB. */
  get database(): string {
    return join(this.path, 'dynamodb');
  }

  /** The empty LevelDB whose lock says who may open the other one. */
  get lock(): string {
    return join(this.path, 'lock');
  }

  /** Where a running server says how its data is reached. */
  get runningStore(): string {
    return join(this.path, RUNNING_STORE);
  }

  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: OWNER_ONLY.folder });
  }

  /** Reads a file; nothing where there is none. */
  async read(name: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.path, name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Writes a file that only its owner may read: whole or not at all, whenever the process ends. */
  async write(name: string, content: string): Promise<void> {
    const target = join(this.path, name);
    const draft = `${target}.${process.pid}.new`;
    await writeFile(draft, content, { mode: OWNER_ONLY.file, flush: true });
    await rename(draft, target);
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.path, name), { force: true });
  }

  /** What a running server wrote about itself; nothing where none did, or what it wrote is not whole. */
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
}
