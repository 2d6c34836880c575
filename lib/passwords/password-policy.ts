import { MAX_PASSWORD_LENGTH } from '../password-length.ts';
import { strip } from '../python-strip.ts';

/** The rules for new passwords. Lengths are in code points of the NFC form. */
export interface PasswordRules {
  readonly minLength: number;
  readonly maxLength: number;
  /** The public name of this service. */
  readonly serviceName: string;
}

/** The user of a password. */
export interface PasswordContext {
  readonly username: string;
  readonly email: string;
}

/** The minimum length of a part of a name, in code points. Shorter parts are ignored. */
const MIN_PART = 4;

const SIGNS = /[^\p{L}\p{M}\p{N}]+/gu;
const SIGNS_AND_DIGITS = /[^\p{L}\p{M}]+/gu;
const BETWEEN_LABELS = /[@.]/;

let common: Promise<ReadonlySet<string>> | undefined;

/** Loads about 49,000 common passwords in lower case. The module has 428 KB, so it is loaded on first use. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common']),
  );
  return common;
}

/**
 * Checks new passwords for their length and for common or predictable values. There are no composition rules.
 *
 * @see NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5.0, 6.2.1, 6.2.4, 6.2.5, 6.2.8, 6.2.9, 6.2.11, 6.2.12
 */
export class PasswordPolicy {
  readonly #rules: PasswordRules;

  constructor(rules: PasswordRules) {
    this.#rules = rules;
  }

  /** Returns the problems of a password, with Django's message if Django has the same rule. */
  async problemsOf(password: string, { username, email }: PasswordContext): Promise<readonly string[]> {
    const { minLength, maxLength, serviceName } = this.#rules;
    const tooLong = `This password is too long. It must contain at most ${maxLength} characters.`;
    if (password.length > MAX_PASSWORD_LENGTH) return [tooLong];
    const text = folded(password);
    const length = [...password.normalize('NFC')].length;
    return [
      // A login would reject these two. A command line accepts them.
      strip(password) === '' && 'This field may not be blank.',
      password.includes('\0') && 'Null characters are not allowed.',
      length < minLength && `This password is too short. It must contain at least ${minLength} characters.`,
      length > maxLength && tooLong,
      (await commonPasswords()).has(text) && 'This password is too common.',
      isMadeOf(text, [username]) && 'The password is too similar to the username.',
      isMadeOf(text, [email, ...email.split('@')]) && 'The password is too similar to the email address.',
      isMadeOf(text, [serviceName]) && 'The password is too similar to the name of this service.',
    ].filter((problem) => problem !== false);
  }
}

/** Returns whether a password consists of a word of a name, repeated or reversed, and contains no other letters. */
function isMadeOf(password: string, names: readonly string[]): boolean {
  const text = withoutSigns(password);
  return names
    .flatMap(wordsOf)
    .flatMap((word) => [word, reversed(word)])
    .some((word) => text.includes(word) && !/\p{L}/u.test(text.replaceAll(word, ' ')));
}

/** Returns a name, its longer parts, and its longer sequences of letters. */
function wordsOf(name: string): string[] {
  const text = folded(name);
  const parts = [BETWEEN_LABELS, SIGNS_AND_DIGITS].flatMap((between) => text.split(between));
  return [text, ...parts.filter((part) => [...part].length >= MIN_PART)].map(withoutSigns).filter(Boolean);
}

const folded = (text: string): string => text.normalize('NFC').toLowerCase();

/** Removes all signs, unless there is nothing else. */
const withoutSigns = (text: string): string => text.replace(SIGNS, '') || text;

const reversed = (text: string): string => [...text].reverse().join('');
