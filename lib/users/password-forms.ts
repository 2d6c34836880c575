import { strip } from '../python-strip.ts';

type Check = 'match' | 'mismatch' | 'malformed' | 'too_expensive';

/** Compares passwords with stored hashes. */
export interface PasswordVerifier {
  verify(encoded: string, password: string): Promise<Check>;
}

/** The result of checking a password in all its forms. */
export interface FormsCheck {
  readonly check: Check;
  /** The form that matched; if none did, the password as sent. */
  readonly password: string;
}

/**
 * The forms in which a password is checked: as sent, then without white space at its ends if that differs. Django REST
 * framework compares the trimmed form alone, so clients of the original may send white space that is no part of the
 * password. The number of forms depends on the request alone.
 *
 * @see https://www.django-rest-framework.org/api-guide/fields/#charfield
 */
export function formsOf(sent: string): readonly string[] {
  const trimmed = strip(sent);
  return trimmed === sent || trimmed === '' ? [sent] : [sent, trimmed];
}

/**
 * Checks a password in each of its forms against a hash, one after the other. All are computed even if the first one
 * matches, so the duration shows neither whether one matched nor which.
 */
export async function checkForms(
  passwords: PasswordVerifier,
  hash: string,
  sent: string,
): Promise<FormsCheck> {
  let result: FormsCheck | undefined;
  for (const password of formsOf(sent)) {
    const check = await passwords.verify(hash, password);
    if (result === undefined || (check === 'match' && result.check !== 'match')) result = { check, password };
  }
  return result ?? { check: 'mismatch', password: sent };
}
