import { type HashCheck, hasCurrentParameters, hashArgon2id, verifyArgon2 } from './argon2id.ts';
import { checkDjangoHash } from './django-hashes.ts';
import { inTurn } from './limit.ts';

const OURS = '$argon2';
const DJANGO_ARGON2 = 'argon2$';

/** Hashes passwords with argon2id in their NFC form. Checks them against these hashes and against those of Django. */
export class Passwords {
  /**
   * Hashes a password for storage, as a PHC string. Does not trim or truncate it.
   *
   * @see NIST SP 800-63B-4 §3.1.1.2 (normalisation)
   */
  hash(password: string): Promise<string> {
    return inTurn(() => hashArgon2id(password.normalize('NFC')));
  }

  /**
   * Checks a password against a stored hash. A hash of this service that was exported and imported has Django's notation, so
   * a password is checked against that notation both as sent and in its NFC form.
   */
  verify(encoded: string, password: string): Promise<HashCheck> {
    return inTurn(() => this.#verify(encoded, password));
  }

  /** Returns whether a check against this hash is one computation of argon2id with the current parameters. */
  hasCurrentCost(encoded: string): boolean {
    return hasCurrentParameters(encoded.startsWith(DJANGO_ARGON2) ? encoded.slice('argon2'.length) : encoded);
  }

  /** Returns whether a hash should be replaced at the next login. */
  needsRehash(encoded: string): boolean {
    return !hasCurrentParameters(encoded);
  }

  /** Takes as long as one check with the current parameters, for a login that has no such hash to check. */
  async hashDummy(password: string): Promise<void> {
    await this.hash(password);
  }

  async #verify(encoded: string, password: string): Promise<HashCheck> {
    const normalised = password.normalize('NFC');
    if (encoded.startsWith(OURS)) return verifyArgon2(encoded, normalised);
    const check = await checkDjangoHash(encoded, password);
    const mayBeOurs = check === 'mismatch' && encoded.startsWith(DJANGO_ARGON2) && normalised !== password;
    return mayBeOurs ? checkDjangoHash(encoded, normalised) : check;
  }
}
