import { CompactSign, type CryptoKey, compactVerify, errors } from 'jose';
import { TokenError } from '../errors.ts';
import type { KeySet, SigningKey } from './key-set.ts';

const imported = new WeakMap<SigningKey, Promise<CryptoKey>>();

/** Imports a key for the Web Crypto API and caches it. From bytes, jose would import the key again for each token. */
function cryptoKeyOf(key: SigningKey): Promise<CryptoKey> {
  const known = imported.get(key);
  if (known !== undefined) return known;
  const parameters = { name: 'HMAC', hash: `SHA-${key.algorithm.slice('HS'.length)}` };
  const importing = crypto.subtle.importKey('raw', key.secret, parameters, false, ['sign', 'verify']);
  imported.set(key, importing);
  // After a failure, the next token tries again.
  importing.catch(() => imported.delete(key));
  return importing;
}

/** Signs a payload in JWS Compact Serialization. The same input results in the same bytes (HMAC). */
export async function sign(payload: Uint8Array, key: SigningKey): Promise<string> {
  const { kid, algorithm } = key;
  return new CompactSign(payload)
    .setProtectedHeader({ typ: 'JWT', alg: algorithm, ...(kid === undefined ? {} : { kid }) })
    .sign(await cryptoKeyOf(key));
}

/**
 * Verifies the signature of a token in canonical form, with the key that its header names and that key's own algorithm.
 *
 * @throws {TokenError} `token_malformed`, `token_signature_invalid`, `token_algorithm_mismatch`
 * @see RFC 8725 §3.1, §3.2
 */
export async function assertSignature(
  token: string,
  header: Readonly<Record<string, unknown>>,
  keys: KeySet,
): Promise<void> {
  // `crit` lists extensions that a recipient must understand (RFC 7515 §4.1.11). This service supports none.
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
