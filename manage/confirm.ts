import { CommandError } from './failure.ts';
import { assertTerminal } from './prompts.ts';

/**
 * Asks for confirmation before data is changed, unless `--yes` is given.
 *
 * @throws {CommandError} if the answer is no, or if standard input is not a terminal
 */
export async function confirmChange(message: string, { yes = false }: { yes?: boolean | undefined }) {
  if (yes) return;
  assertTerminal('--yes');
  const { confirm } = await import('@inquirer/prompts');
  if (!(await confirm({ message, default: false }, { output: process.stderr }))) {
    throw new CommandError('Nothing was changed.');
  }
}
