import { CompactSign, type CryptoKey, compactVerify, errors } from 'jose';
import { TokenError } from '../errors.ts';
import type { KeySet, SigningKey } from './key-set.ts';

const imported = new WeakMap<SigningKey, Promise<CryptoKey>>();

/** The key as the Web Crypto API holds it: given bytes, jose imports them anew for each token. */
function cryptoKeyOf(key: SigningKey): Promise<CryptoKey> {
  const known = imported.get(key);
  if (known !== undefined) return known;
  const parameters = { name: 'HMAC', hash: `SHA-${key.algorithm.slice('HS'.length)}` };
  const importing = crypto.subtle.importKey('raw', key.secret, parameters, false, ['sign', 'verify']);
  imported.set(key, importing);
  // One that failed is tried again by the next token.
  importing.catch(() => imported.delete(key));
  return importing;
}

/** Signs a payload as JWS compact serialisation; the same input gives the same bytes. The only user of jose. */
export async function sign(payload: Uint8Array, key: SigningKey): Promise<string> {
  const { kid, algorithm } = key;
  return new CompactSign(payload)
    .setProtectedHeader({ typ: 'JWT', alg: algorithm, ...(kid === undefined ? {} : { kid }) })
    .sign(await cryptoKeyOf(key));
}

/**
 * Checks the signature of a token in canonical form under the key of the set that its header names, by that key's own
 * algorithm.
 *
 * @throws {TokenError} `token_malformed`, `token_signature_invalid`, `token_algorithm_mismatch`
 * @see RFC 8725 §3.1, §3.2
 */
export async function assertSignature(
  token: string,
  header: Readonly<Record<string, unknown>>,
  keys: KeySet,
): Promise<void> {
  // Extensions that a recipient has to understand: there are none that this one does (RFC 7515 §4.1.11).
  if ('crit' in header) throw new TokenError('token_malformed');
  const key = keys.find(header.kid);
  if (key === undefined) throw new TokenError('token_signature_invalid');
  if (header.alg !== key.algorithm) throw new TokenError('token_algorithm_mismatch');
  try {
    await compactVerify(token, await cryptoKeyOf(key), { algorithms: [key.algorithm] });
  } catch (cause) {
    if (cause instanceof errors.JWSSignatureVerificationFailed) {
      throw new TokenError('token_signature_invalid', { cause });
    }
    if (cause instanceof errors.JOSEError) throw new TokenError('token_malformed', { cause });
    throw cause;
  }
}
