import { Command, CommanderError } from 'commander';
import { explainSystemError, isBrokenPipe } from './failure.ts';
import { warn } from './terminal.ts';

const USAGE_EXIT_CODE = 2;
const HELP_HINT = '(--help lists the options)';

/** Creates the command of a program. It explains wrong arguments; {@link run} sets the exit code. */
export const createProgram = (name: string, description: string): Command =>
  new Command(name).description(description).showHelpAfterError(HELP_HINT).exitOverride();

/**
 * Runs a program. The exit code is 2 for wrong arguments and 1 for an error, which is written to standard error. If the
 * reader of standard output has ended, the program ends without a message.
 *
 * @param explain returns what to print for an error of the program; undefined for an unexpected one
 */
export async function run(
  program: Command,
  explain: (error: unknown) => string | undefined = () => undefined,
): Promise<void> {
  // The SDK warns on Node 20, which is supported here.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  process.stdout.on('error', (error) => {
    if (isBrokenPipe(error)) process.exit();
    warn(explainSystemError(error, 'standard output') ?? stackOf(error));
    process.exit(1);
  });
  try {
    // Before the arguments are parsed: the value of an option that npm has taken is an argument too many.
    rejectNpmOptions(namedCommand(program));
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    else if (!isBrokenPipe(error)) {
      warn(explain(error) ?? explainSystemError(error) ?? stackOf(error));
      process.exitCode = 1;
    }
  }
}

/**
 * Rejects a command whose options npm has taken: without `--`, npm stores them in its own configuration and does not pass them
 * on, so `npm run manage loaddata dump.json --dry-run` would import the dump.
 *
 * @see https://docs.npmjs.com/cli/v11/using-npm/config#environment-variables
 */
function rejectNpmOptions(command: Command): void {
  const options = [command, ...ancestorsOf(command)].flatMap((one) => one.options);
  const taken = options.find(({ long }) => {
    const name = long?.slice('--'.length).replaceAll('-', '_');
    return name !== undefined && process.env[`npm_config_${name}`];
  });
  if (taken === undefined) return;
  command.error(
    `error: npm did not pass on ${taken.long}. Write -- before the arguments: npm run <script> -- …`,
  );
}

/** Returns the command that the arguments name. */
const namedCommand = (program: Command): Command =>
  process.argv
    .slice(2)
    .reduce((command, name) => command.commands.find((one) => one.name() === name) ?? command, program);

const ancestorsOf = ({ parent }: Command): Command[] =>
  parent === null ? [] : [parent, ...ancestorsOf(parent)];

/** An unexpected error is a fault of this code, so its stack is printed. */
const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
