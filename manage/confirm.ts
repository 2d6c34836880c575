import { confirm } from '@inquirer/prompts';
import { CommandError } from './failure.ts';
import { assertTerminal } from './passwords.ts';

/** Asks before something is deleted for good, unless told not to. @throws {CommandError} when the answer is no */
export async function assertSure(message: string, { yes = false }: { yes?: boolean }): Promise<void> {
  if (yes) return;
  assertTerminal('--yes');
  if (!(await confirm({ message, default: false }, { output: process.stderr }))) {
    throw new CommandError('Nothing was deleted.');
  }
}
