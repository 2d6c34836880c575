import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { type HashCheck, hasCurrentParameters, hashArgon2id, verifyArgon2 } from './argon2id.ts';
import { checkDjangoHash } from './django-hashes.ts';

const PHC_ARGON2 = '$argon2';
const DJANGO_ARGON2 = 'argon2$';

/**
 * How many hashes an execution environment computes at once: one for each core, and one that begins as soon as a core is free.
 * More are not faster: they displace each other from the caches. A stored hash may need 256 MiB (argon2id.ts,
 * django-hashes.ts): four need 1,024 of a function's 1,769 MB.
 */
export const MAX_AT_ONCE = Math.min(4, availableParallelism() + 1);

/** Queues a computation, in the order of the calls, for the whole process. */
export const inTurn = pLimit(MAX_AT_ONCE);

/** Hashes passwords with argon2id. Checks passwords against these hashes and against Django hashes. */
export class Passwords {
  /** Hashes a password as it is, as a PHC string. */
  hash(password: string): Promise<string> {
    return inTurn(() => hashArgon2id(password));
  }

  /** Checks a password as it is against a stored hash, in the notation of this service or of Django. */
  verify(encoded: string, password: string): Promise<HashCheck> {
    return inTurn(() =>
      encoded.startsWith(PHC_ARGON2) ? verifyArgon2(encoded, password) : checkDjangoHash(encoded, password),
    );
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
}
