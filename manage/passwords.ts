import { text } from 'node:stream/consumers';
import { input, password } from '@inquirer/prompts';
import { CommandError } from './failure.ts';

/** Prompts go to standard error, so that standard output holds results alone. */
const TERMINAL = { output: process.stderr };

/** Asks for a line of text. */
export const ask = (message: string, fallback?: string): Promise<string> =>
  input({ message, ...(fallback === undefined ? { required: true } : { default: fallback }) }, TERMINAL);

/**
 * Gets a new password: from standard input, or by asking twice without showing it.
 *
 * @throws {CommandError} for an empty one, or where there is no terminal to ask at
 */
export async function getNewPassword({
  passwordStdin = false,
}: {
  passwordStdin?: boolean;
}): Promise<string> {
  if (passwordStdin) {
    // The line feed at the end is the shell's; everything else is the password.
    const piped = (await text(process.stdin)).replace(/\r?\n$/, '');
    if (piped === '') throw new CommandError('The password on standard input is empty.');
    return piped;
  }
  assertTerminal('--password-stdin');
  const first = await password(
    { message: 'Password:', validate: (typed) => typed !== '' || 'Type one.' },
    TERMINAL,
  );
  const second = await password({ message: 'The same again:' }, TERMINAL);
  if (first !== second) throw new CommandError('The two passwords differ. Nothing was changed.');
  return first;
}

/** @throws {CommandError} where nobody can be asked, with the option that answers instead */
export function assertTerminal(option: string): void {
  if (!process.stdin.isTTY) throw new CommandError(`There is no terminal to ask at: use ${option}.`);
}
