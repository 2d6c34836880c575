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
 * Returns the different forms in which a password is checked: as sent, without leading and trailing white space, and both
 * in NFC. Django REST framework compares only the trimmed form, so clients of the original may send white space that is
 * not part of the password. This service stores new passwords in NFC. The number of forms depends only on the request; a
 * password that is too long has none.
 *
 * @see https://www.django-rest-framework.org/api-guide/fields/#charfield
 * @see NIST SP 800-63B-4 §3.1.1.2 (normalization)
 */
export function formsOf(sent: string): readonly string[] {
  if (sent.length > MAX_PASSWORD_LENGTH) return [];
  const trimmed = strip(sent);
  const forms = trimmed === '' ? [sent] : [sent, trimmed];
  return [...new Set(forms.flatMap((form) => [form, form.normalize('NFC')]))];
}

/**
 * Checks each form of a password against a hash. Computes all of them even if the first one matches, so that the
 * duration does not reveal which form matched.
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
