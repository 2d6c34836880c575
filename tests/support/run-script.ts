import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { withoutSettings } from './package-service.ts';

export interface CommandResult {
  readonly code: number | null;
  /** Standard output and standard error. */
  readonly output: string;
}

/**
 * Runs a file in a new process, without the settings of the environment. TypeScript runs with tsx.
 *
 * @param args the path of the file from `cwd`, then its arguments
 * @param timeoutMs ends the process after this time; unlimited by default
 */
export async function runScript(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  timeoutMs?: number,
): Promise<CommandResult> {
  const child = spawn(process.execPath, [...(args[0]?.endsWith('.ts') ? ['--import', 'tsx'] : []), ...args], {
    cwd,
    env: { ...withoutSettings(process.env), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await once(child, 'close');
  return { code: child.exitCode, output };
}
