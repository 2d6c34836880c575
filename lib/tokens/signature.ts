import { createHmac, timingSafeEqual } from 'node:crypto';
import { TokenError } from '../errors.ts';
import type { KeySet, SigningKey } from './key-set.ts';

/**
 * Computes the HMAC of a signing input. The Web Crypto API runs each HMAC in the thread pool, which takes ten times as long
 * (docs/decisions/032-signatures-are-computed-by-node-crypto.md).
 *
 * @see RFC 7518 §3.2
 */
const hmacOf = (signingInput: string, { algorithm, secret }: SigningKey): Buffer =>
  createHmac(`sha${algorithm.slice('HS'.length)}`, secret)
    .update(signingInput)
    .digest();

/** Signs a payload in JWS Compact Serialization. The same input results in the same bytes (HMAC). @see RFC 7515 §7.1 */
export function sign(payload: string, key: SigningKey): string {
  const { kid, algorithm } = key;
  const header = JSON.stringify({ typ: 'JWT', alg: algorithm, ...(kid === undefined ? {} : { kid }) });
  const signingInput = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${signingInput}.${hmacOf(signingInput, key).toString('base64url')}`;
}

/**
 * Verifies the signature of a token in canonical form, with the key that its header names and that key's own algorithm.
 *
 * @throws {TokenError} `token_malformed`, `token_signature_invalid`, `token_algorithm_mismatch`
 * @see RFC 8725 §3.1, §3.2
 */
export function assertSignature(
  token: string,
  header: Readonly<Record<string, unknown>>,
  keys: KeySet,
): void {
  // `crit` lists extensions that a recipient must understand (RFC 7515 §4.1.11). This service supports none.
  if ('crit' in header) throw new TokenError('token_malformed');
  const key = keys.find(header.kid);
  if (key === undefined) throw new TokenError('token_signature_invalid');
  if (header.alg !== key.algorithm) throw new TokenError('token_algorithm_mismatch');
  const end = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  const expected = hmacOf(token.slice(0, end), key);
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    throw new TokenError('token_signature_invalid');
  }
}
