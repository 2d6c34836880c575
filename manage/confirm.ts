import { confirm } from '@inquirer/prompts';
import { CommandError } from './failure.ts';
import { assertTerminal } from './passwords.ts';

/**
 * Asks before data is changed, unless `--yes` was given.
 *
 * @throws {CommandError} if the answer is no, or if there is no terminal to ask at
 */
export async function assertSure(message: string, { yes = false }: { yes?: boolean | undefined }) {
  if (yes) return;
  assertTerminal('--yes');
  if (!(await confirm({ message, default: false }, { output: process.stderr }))) {
    throw new CommandError('Nothing was changed.');
  }
}
