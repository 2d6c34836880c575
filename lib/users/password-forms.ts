import { MAX_PASSWORD_LENGTH } from '../password-length.ts';
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
 * Returns the different forms in which a password is checked: as sent, without white space at its ends, and both in NFC.
 * Django REST framework compares the trimmed form alone, so clients of the original may send white space that is not part of
 * the password. Passwords that are set here are stored in NFC. The number of forms depends on the request alone: it is 0 for a
 * password that is too long.
 *
 * @see https://www.django-rest-framework.org/api-guide/fields/#charfield
 * @see NIST SP 800-63B-4 §3.1.1.2 (normalisation)
 */
export function formsOf(sent: string): readonly string[] {
  if (sent.length > MAX_PASSWORD_LENGTH) return [];
  const trimmed = strip(sent);
  const forms = trimmed === '' ? [sent] : [sent, trimmed];
  return [...new Set(forms.flatMap((form) => [form, form.normalize('NFC')]))];
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
