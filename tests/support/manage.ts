import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { programPath } from './programs.ts';

export interface ManageResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The standard error of a command that changes local data and succeeds: where the data is. */
export const LOCAL_DATA = expect.stringMatching(/^Local data: [^\n]+\n$/);

/** Runs manage in a new process, on the data of a folder. */
export async function manage(
  args: readonly string[],
  {
    dataDir,
    input = '',
    env = {},
    onStart,
    onInput,
  }: {
    dataDir?: string;
    input?: string | Uint8Array;
    env?: Readonly<Record<string, string>>;
    /** Receives the process, for example to send it signals. */
    onStart?: (child: ChildProcess) => void;
    /** Gets the process once it has read the input, which does not end then. */
    onInput?: (child: ChildProcess) => void;
  } = {},
): Promise<ManageResult> {
  const child = spawn(process.execPath, [programPath('manage/index'), ...args], {
    env: { ...process.env, ...(dataDir === undefined ? {} : { LATCHKEY_DATA_DIR: dataDir }), ...env },
  });
  onStart?.(child);
  // A command that ends without reading its input closes the pipe.
  child.stdin.on('error', () => {});
  if (onInput === undefined) child.stdin.end(input);
  else child.stdin.write(input, () => onInput(child));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

/** Whether `script` of util-linux is installed. It runs a command at a new terminal. */
export const hasTerminal = process.platform === 'linux' && existsSync('/usr/bin/script');

/**
 * Runs manage at a terminal, and answers its first question.
 *
 * @param question the text after which the answer is typed. The input then ends, which cancels a second question.
 */
export async function manageAtTerminal(
  args: readonly string[],
  {
    question,
    answer,
    env = {},
  }: { question: string; answer: string; env?: Readonly<Record<string, string>> },
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const quoted = [process.execPath, programPath('manage/index'), ...args]
    .map((word) => `'${word}'`)
    .join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', quoted, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', ...env },
  });
  let screen = '';
  let isAnswered = false;
  child.stdout.setEncoding('utf8').on('data', (shown: string) => {
    screen += shown;
    if (isAnswered || !screen.includes(question)) return;
    isAnswered = true;
    child.stdin.end(`${answer}\r`);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, screen };
}
