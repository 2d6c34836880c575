import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestTable, type TestTable } from '../harness/table.ts';

/** The module that a child process of the bench loads, so that it ends with its parent. */
export const END_WITH_PARENT = new URL('end-with-parent.ts', import.meta.url).href;

/** A running process of the bench. */
export interface Child {
  /** The address that the process sent when it was ready. */
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a module of this folder in a new process, and waits for its address. */
export async function startChild(module: string): Promise<Child> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), {
    execArgv: ['--import', 'tsx', '--import', END_WITH_PARENT],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${module} ended before it was ready`);
  });
  const [address] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return {
    address: String(address),
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill();
      await ended.catch(() => {});
    },
  };
}

/** Creates a table in an embedded DynamoDB in another process. `remove` ends the process. */
export async function createRemoteTable(): Promise<TestTable & { readonly pid: number }> {
  const engine = await startChild('./engine-process.ts');
  const table = await createTestTable(engine.address);
  return { ...table, pid: engine.pid, remove: () => table.remove().finally(engine.stop) };
}

/** Runs work on a new table in an embedded DynamoDB in another process. */
export async function withRemoteTable<Result>(work: (table: TestTable) => Promise<Result>): Promise<Result> {
  const table = await createRemoteTable();
  return work(table).finally(table.remove);
}

/** Runs work in a temporary folder. */
export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  return work(folder).finally(() => rm(folder, { recursive: true, force: true }));
}
