import { findArgon2Problem } from '../../lib/passwords/argon2id.ts';
import { DJANGO_ALGORITHMS, findDjangoHashProblem } from '../../lib/passwords/django-hashes.ts';

/** Kinds of password hashes that match no password. The summary of an import counts them. */
export type HashKind =
  | { readonly kind: 'checkable' }
  /** Django's `set_unusable_password`: the user is not supposed to log in with a password. */
  | { readonly kind: 'unusable' }
  | { readonly kind: 'uncheckable'; readonly reason: string };

const CHECKABLE: HashKind = { kind: 'checkable' };
const uncheckable = (reason: string): HashKind => ({ kind: 'uncheckable', reason });

/** Only a name of this form is printed, because other text may be a password. */
const ALGORITHM_NAME = /^(?:argon2|bcrypt|crypt|drupal|md5|pbkdf2|phpass|scrypt|sha)[a-z0-9_]{0,30}$/;

/**
 * Returns whether a login can be checked against a hash of a dump. The reason contains the name of the algorithm, but no other
 * part of the hash.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/auth/passwords/
 */
export function hashKindOf(encoded: string): HashKind {
  if (encoded.startsWith('!')) return { kind: 'unusable' };
  if (encoded === '') return uncheckable('no hash');
  if (encoded.startsWith('$argon2')) return problemOf('argon2', findArgon2Problem(encoded));
  if (encoded.startsWith('$2')) return uncheckable('bcrypt without the prefix "bcrypt$"');
  const problem = findDjangoHashProblem(encoded);
  if (problem === undefined) return CHECKABLE;
  const [algorithm = ''] = encoded.split('$', 1);
  if (DJANGO_ALGORITHMS.includes(algorithm) && algorithm !== encoded) return problemOf(algorithm, problem);
  if (encoded.includes('$') && ALGORITHM_NAME.test(algorithm)) {
    return uncheckable(`unsupported algorithm ${algorithm}`);
  }
  return uncheckable('text that is not a password hash');
}

function problemOf(algorithm: string, problem: 'malformed' | 'too_expensive' | undefined): HashKind {
  if (problem === undefined) return CHECKABLE;
  return uncheckable(
    problem === 'malformed' ? `malformed ${algorithm}` : `${algorithm} with a cost beyond the limit`,
  );
}
