import { type Command, CommanderError } from 'commander';
import { explain } from './failure.ts';
import { warn } from './terminal.ts';

const USAGE_EXIT_CODE = 2;

/** Runs a command line: exit code 2 for a wrong call, 1 for what went wrong, told in words where they are known. */
export async function run(program: Command): Promise<void> {
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
