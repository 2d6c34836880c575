import { type HashCheck, hashArgon2id, hasTodaysParameters, verifyArgon2 } from './argon2id.ts';
import { checkDjangoHash } from './django-hashes.ts';
import { inTurn } from './limit.ts';

const OURS = '$argon2';
const DJANGO_ARGON2 = 'argon2$';

/** Hashes and checks passwords: ours are argon2id of the NFC form, Django's are checked against what was sent. */
export class Passwords {
  /**
   * Hashes a password for storage, as a PHC string; nothing is trimmed or cut.
   *
   * @see NIST SP 800-63B-4 §3.1.1.2 (normalisation)
   */
  hash(password: string): Promise<string> {
    return inTurn(() => hashArgon2id(password.normalize('NFC')));
  }

  /**
   * Checks a password against a stored hash of ours or of Django's. What is no hash matches nothing.
   * A hash of ours that travelled through a dump has Django's notation, so both forms are tried there.
   */
  verify(encoded: string, password: string): Promise<HashCheck> {
    return inTurn(() => this.#verify(encoded, password));
  }

  /** Tells whether checking against this hash is one computation of argon2id with today's parameters, ours or Django's. */
  isCurrentWork(encoded: string): boolean {
    return hasTodaysParameters(encoded.startsWith(DJANGO_ARGON2) ? encoded.slice('argon2'.length) : encoded);
  }

  /** Tells whether a hash should be replaced once its password is known. */
  needsRehash(encoded: string): boolean {
    return !hasTodaysParameters(encoded);
  }

  /** Spends one computation of argon2id with today's parameters, for those who have no hash to check. */
  async decoy(password: string): Promise<void> {
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
