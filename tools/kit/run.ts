import { Command, CommanderError } from 'commander';
import { warn } from './terminal.ts';

const USAGE_EXIT_CODE = 2;

/** Creates the command of a program: it explains wrong arguments, and `run` chooses the exit code. */
export const createProgram = (name: string, description: string): Command =>
  new Command(name).description(description).showHelpAfterError('(--help explains)').exitOverride();

/**
 * Runs a program. The exit code is 2 for wrong arguments and 1 for an error, which is written to standard error.
 *
 * @param explain returns what to print for an error; the stack by default
 */
export async function run(program: Command, explain: (error: unknown) => string = stackOf): Promise<void> {
  // The SDK warns on Node 20, which is supported here.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    else {
      warn(explain(error));
      process.exitCode = 1;
    }
  }
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
