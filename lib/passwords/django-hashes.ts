import { createHash, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import {
  ARGON2_LIMITS,
  findArgon2Problem,
  type HashCheck,
  type HashProblem,
  verifyArgon2,
} from './argon2id.ts';

/** The maximum parameters of a stored hash. A hash with higher ones is not computed. */
export const LIMITS = {
  pbkdf2Iterations: 4_000_000,
  argon2: ARGON2_LIMITS,
  bcryptCost: 15,
  scryptBytes: 268_435_456,
  /** Memory times parallelism, which determines the time: a few seconds. */
  scryptWorkBytes: 1_073_741_824,
  scryptParallelism: 16,
} as const;

/** bcryptjs throws an error for a lower cost. */
const MIN_BCRYPT_COST = 4;

type Check = (password: string) => Promise<HashCheck>;
/** Parses a hash. Returns how to check a password against it, or why none can match. */
type Scheme = (encoded: string) => Check | HashProblem;

const pbkdf2Async = promisify(pbkdf2);
const outcome = (matches: boolean): HashCheck => (matches ? 'match' : 'mismatch');
const sha256Hex = (text: string) => createHash('sha256').update(text).digest('hex');

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

const pbkdf2Scheme =
  (digest: 'sha1' | 'sha256', bytes: number): Scheme =>
  (encoded) => {
    const [, rounds, salt, hash] = /^\w+\$([1-9]\d*)\$([^$]+)\$([^$]+)$/.exec(encoded) ?? [];
    if (rounds === undefined || salt === undefined || hash === undefined) return 'malformed';
    if (Number(rounds) > LIMITS.pbkdf2Iterations) return 'too_expensive';
    return async (password) => {
      const key = await pbkdf2Async(password, salt, Number(rounds), bytes, digest);
      return outcome(sameText(key.toString('base64'), hash));
    };
  };

const argon2Scheme: Scheme = (encoded) => {
  const phc = encoded.slice('argon2'.length);
  return findArgon2Problem(phc) ?? ((password) => verifyArgon2(phc, password));
};

const bcryptScheme =
  (prepare: (password: string) => string): Scheme =>
  (encoded) => {
    const [, modular, cost] = /^\w+\$(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/.exec(encoded) ?? [];
    if (modular === undefined || Number(cost) < MIN_BCRYPT_COST) return 'malformed';
    if (Number(cost) > LIMITS.bcryptCost) return 'too_expensive';
    return async (password) => {
      // Loaded on first use, because most function instances never check such a hash.
      const { compare } = await import('bcryptjs');
      return outcome(await compare(prepare(password), modular));
    };
  };

const scryptScheme: Scheme = (encoded) => {
  // Node replaces a zero by its default; in Django's notation a zero is invalid.
  const [, n, salt, r, p, hash] =
    /^scrypt\$([1-9]\d*)\$([^$]+)\$([1-9]\d*)\$([1-9]\d*)\$([^$]+)$/.exec(encoded) ?? [];
  if (n === undefined || salt === undefined || hash === undefined) return 'malformed';
  const [N, blockSize, parallelization] = [Number(n), Number(r), Number(p)];
  // RFC 7914 §2: N is a power of two and more than 1.
  if (N < 2 || !Number.isInteger(Math.log2(N))) return 'malformed';
  const bytes = 128 * N * blockSize;
  const affordable =
    bytes <= LIMITS.scryptBytes &&
    bytes * parallelization <= LIMITS.scryptWorkBytes &&
    parallelization <= LIMITS.scryptParallelism;
  if (!affordable) return 'too_expensive';
  const options = { N, r: blockSize, p: parallelization, maxmem: 2 * LIMITS.scryptBytes };
  return (password) =>
    new Promise((resolve) => {
      try {
        scrypt(password, salt, 64, options, (error, key) => {
          resolve(error ? 'malformed' : outcome(sameText(key.toString('base64'), hash)));
        });
      } catch {
        resolve('malformed');
      }
    });
};

/** Django's `algorithm$salt$hex`. The first versions of Django wrote an empty salt. */
const digestScheme =
  (algorithm: 'md5' | 'sha1'): Scheme =>
  (encoded) => {
    const [, salt, hex] = /^\w+\$([^$]*)\$([0-9a-f]+)$/.exec(encoded) ?? [];
    if (salt === undefined || hex === undefined) return 'malformed';
    return async (password) => {
      const digest = createHash(algorithm).update(salt + password);
      return outcome(sameText(digest.digest('hex'), hex));
    };
  };

const SCHEMES = new Map<string, Scheme>([
  ['pbkdf2_sha256', pbkdf2Scheme('sha256', 32)],
  ['pbkdf2_sha1', pbkdf2Scheme('sha1', 20)],
  ['argon2', argon2Scheme],
  ['bcrypt_sha256', bcryptScheme(sha256Hex)],
  ['bcrypt', bcryptScheme((password) => password)],
  ['scrypt', scryptScheme],
  ['md5', digestScheme('md5')],
  ['sha1', digestScheme('sha1')],
]);

/** The supported algorithms, by the name at the start of a hash. */
export const DJANGO_ALGORITHMS: readonly string[] = [...SCHEMES.keys()];

/**
 * Checks a password against a hash in Django's notation.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/auth/passwords/
 */
export async function checkDjangoHash(encoded: string, password: string): Promise<HashCheck> {
  const check = parseDjangoHash(encoded);
  return typeof check === 'string' ? check : check(password);
}

/** Returns why no password can match a hash in Django's notation, or undefined if it can be checked. */
export function findDjangoHashProblem(encoded: string): HashProblem | undefined {
  const check = parseDjangoHash(encoded);
  return typeof check === 'string' ? check : undefined;
}

function parseDjangoHash(encoded: string): Check | HashProblem {
  if (/^[0-9a-f]{32}$/.test(encoded)) return digestScheme('md5')(`md5$$${encoded}`);
  return SCHEMES.get(encoded.split('$', 1)[0] ?? '')?.(encoded) ?? 'malformed';
}
