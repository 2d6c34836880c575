import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../manage/index.ts', import.meta.url));

export interface ManageResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in a process of its own, on the data of a folder. */
export async function manage(
  args: readonly string[],
  {
    dataDir,
    input = '',
    env = {},
  }: { dataDir?: string; input?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<ManageResult> {
  const child = spawn(process.execPath, ['--import', 'tsx', ENTRY, ...args], {
    env: { ...process.env, ...(dataDir === undefined ? {} : { LATCHKEY_DATA_DIR: dataDir }), ...env },
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}
