import { CommandError } from './failure.ts';
import { readUtf8 } from './utf8-text.ts';

/** Prompts are written to standard error, so that standard output contains only results. */
const TERMINAL = { output: process.stderr };

/** Returns a sentence with the problem of an input, or undefined if it is valid. */
export type Validator = (typed: string) => Promise<string | undefined> | string | undefined;

const validWith = (validate: Validator) => async (typed: string) => (await validate(typed)) ?? true;

/** Asks for a line of text. Asks again until it is valid. */
export async function ask(
  message: string,
  { validate = () => undefined, isRequired = true }: { validate?: Validator; isRequired?: boolean } = {},
): Promise<string> {
  const { input } = await import('@inquirer/prompts');
  return input({ message, required: isRequired, validate: validWith(validate) }, TERMINAL);
}

/**
 * Reads a new password from standard input, or asks for it twice without showing it. At a terminal, it asks again until
 * the password is valid and both inputs are equal.
 *
 * @param rules the password rules in one sentence, shown before the first prompt
 * @throws {CommandError} if the password on standard input is not valid, or if standard input is not a terminal
 */
export async function readNewPassword(
  { passwordStdin = false }: { readonly passwordStdin?: boolean },
  { rules, validate }: { readonly rules: string; readonly validate: Validator },
): Promise<string> {
  if (passwordStdin) {
    // The shell adds the line feed at the end. All other characters belong to the password.
    const piped = (await readUtf8(process.stdin, 'The password on standard input')).replace(/\r?\n$/, '');
    const problem = piped === '' ? 'The password on standard input is empty.' : await validate(piped);
    if (problem !== undefined) throw new CommandError(problem);
    return piped;
  }
  assertTerminal('--password-stdin');
  const { password } = await import('@inquirer/prompts');
  process.stderr.write(`${rules}\n`);
  for (;;) {
    const typed = await password({ message: 'Password:', validate: validWith(validate) }, TERMINAL);
    const repeated = await password({ message: 'Password (again):' }, TERMINAL);
    if (typed === repeated) return typed;
    process.stderr.write('The passwords are not equal. Try again.\n');
  }
}

/**
 * Asks for confirmation before data is changed, unless `--yes` is given.
 *
 * @throws {CommandError} if the answer is no, or if standard input is not a terminal
 */
export async function confirmChange(message: string, { yes = false }: { yes?: boolean | undefined }) {
  if (yes) return;
  assertTerminal('--yes');
  const { confirm } = await import('@inquirer/prompts');
  if (!(await confirm({ message, default: false }, TERMINAL))) {
    throw new CommandError('Nothing was changed.');
  }
}

/** Asserts that prompts are possible. @throws {CommandError} with the option that replaces the prompt */
export function assertTerminal(option: string): void {
  if (!process.stdin.isTTY) {
    throw new CommandError(`Standard input is not a terminal, so the command cannot ask. Pass ${option}.`);
  }
}
