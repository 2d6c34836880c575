import { strip } from '../python-strip.ts';

/** What new passwords have to be like; lengths are in code points of the NFC form. */
export interface PasswordRules {
  readonly minLength: number;
  readonly maxLength: number;
  /** What users know this service by. */
  readonly serviceName: string;
}

/** Whom a password is for. */
export interface PasswordContext {
  readonly username: string;
  readonly email: string;
}

/** Shorter parts of a name, in code points, are no words that a password could be made of. */
const MIN_PART = 4;

const SIGNS = /[^\p{L}\p{M}\p{N}]+/gu;
const SIGNS_AND_DIGITS = /[^\p{L}\p{M}]+/gu;
const BETWEEN_LABELS = /[@.]/;

let common: Promise<ReadonlySet<string>> | undefined;

/** Loads some 49,000 common passwords, in lower case: 428 KB of code, which only those who ask for it load. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common']),
  );
  return common;
}

/**
 * Judges new passwords by their length and by how soon they would be guessed; what they are composed of is free.
 *
 * @see NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5.0, 6.2.1, 6.2.4, 6.2.5, 6.2.8, 6.2.9, 6.2.11, 6.2.12
 */
export class PasswordPolicy {
  readonly #rules: PasswordRules;

  constructor(rules: PasswordRules) {
    this.#rules = rules;
  }

  /** Tells its owner what is wrong with a password, in Django's words where it has them; nothing if it may be used. */
  async problemsOf(password: string, { username, email }: PasswordContext): Promise<readonly string[]> {
    const { minLength, maxLength, serviceName } = this.#rules;
    const text = folded(password);
    const length = [...password.normalize('NFC')].length;
    return [
      // A login refuses it as blank.
      strip(password) === '' && 'This field may not be blank.',
      length < minLength && `This password is too short. It must contain at least ${minLength} characters.`,
      length > maxLength && `This password is too long. It must contain at most ${maxLength} characters.`,
      (await commonPasswords()).has(text) && 'This password is too common.',
      isMadeOf(text, [username]) && 'The password is too similar to the username.',
      isMadeOf(text, [email, ...email.split('@')]) && 'The password is too similar to the email address.',
      isMadeOf(text, [serviceName]) && 'The password is too similar to the name of this service.',
    ].filter((problem) => problem !== false);
  }
}

/** Tells whether a password is one word of a name, however often, either way round, with no letters besides. */
function isMadeOf(password: string, names: readonly string[]): boolean {
  const text = withoutSigns(password);
  return names
    .flatMap(wordsOf)
    .flatMap((word) => [word, reversed(word)])
    .some((word) => text.includes(word) && !/\p{L}/u.test(text.replaceAll(word, ' ')));
}

/** A name, its longer parts, and the letters that stand together in it. */
function wordsOf(name: string): string[] {
  const text = folded(name);
  const parts = [BETWEEN_LABELS, SIGNS_AND_DIGITS].flatMap((between) => text.split(between));
  return [text, ...parts.filter((part) => [...part].length >= MIN_PART)].map(withoutSigns).filter(Boolean);
}

const folded = (text: string): string => text.normalize('NFC').toLowerCase();

/** Letters and digits, or the signs where there is nothing else. */
const withoutSigns = (text: string): string => text.replace(SIGNS, '') || text;

const reversed = (text: string): string => [...text].reverse().join('');
