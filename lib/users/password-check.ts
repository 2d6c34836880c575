import { LoginRefusedError } from '../errors.ts';
import { MAX_PASSWORD_LENGTH } from '../password-length.ts';
import { strip } from '../python-strip.ts';
import type { Checked } from '../throttling/throttle.ts';
import type { LoginRecord } from './user.ts';

type Check = 'match' | 'mismatch' | 'malformed' | 'too_expensive';

/** Hashes passwords and compares them with stored hashes. */
export interface PasswordChecker {
  verify(encoded: string, password: string): Promise<Check>;
  hash(password: string): Promise<string>;
  needsRehash(encoded: string): boolean;
  hasCurrentCost(encoded: string): boolean;
  hashDummy(password: string): Promise<void>;
}

/** The result of checking a password in all its forms. */
export interface FormsCheck {
  readonly check: Check;
  /** The form that matched; if none did, the password as sent. */
  readonly password: string;
}

/** A stored account and the form of the password that matches its hash. */
export interface Match {
  readonly record: LoginRecord;
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
  passwords: Pick<PasswordChecker, 'verify'>,
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

/**
 * Checks the password of a login. Computes argon2id at least once for each of its forms, even if the user does not exist,
 * so that all refusals take equally long.
 *
 * @see OWASP ASVS 5.0, 6.3.8 (no user enumeration)
 */
export async function checkLogin(
  passwords: Pick<PasswordChecker, 'verify' | 'hasCurrentCost' | 'hashDummy'>,
  record: LoginRecord | undefined,
  sent: string,
): Promise<Checked<Match, LoginRefusedError>> {
  const result = record && (await checkForms(passwords, record.password, sent));
  const check = result?.check;
  if (record?.account.isActive && result?.check === 'match')
    return { kind: 'right', value: { record, password: result.password } };
  const isSpent =
    record && (check === 'match' || check === 'mismatch') && passwords.hasCurrentCost(record.password);
  if (!isSpent) for (const form of formsOf(sent)) await passwords.hashDummy(form);
  return {
    kind: 'wrong',
    refusal: new LoginRefusedError(refusalReason(record, check), record?.account.id),
  };
}

function refusalReason(
  record: LoginRecord | undefined,
  check: Check | undefined,
): LoginRefusedError['reason'] {
  if (record === undefined) return 'unknown_user';
  if (check === 'too_expensive') return 'expensive_hash';
  if (check === 'malformed') return 'unusable_hash';
  return check === 'match' ? 'disabled_user' : 'wrong_password';
}
