import { TokenError } from '../errors.ts';

/**
 * The user that a token names. Both must match one account, so that a new user with an old username does not inherit
 * its tokens.
 */
export interface Subject {
  readonly userId: number;
  readonly username: string;
}

/** The session of a token, and the position of the token in it, starting at 0. */
export interface SessionClaims {
  readonly sid: string;
  readonly generation: number;
}

/** The rules for the claims of a token. */
export interface ClaimsRules {
  readonly leewaySeconds: number;
  readonly audience?: string;
  readonly issuer?: string;
}

/** The expiry of a token that passed the checks. */
export interface ValidClaims {
  /** `exp`, in whole seconds since 1970. */
  readonly expiresAt: number;
  /** The last time at which the claims are valid, in seconds since 1970: `exp` plus the leeway. */
  readonly validUntil: number;
}

/**
 * Checks `iat`, `nbf`, `exp`, `iss` and `aud` in the original's order. `exp` and `nbf` equal to now are valid.
 *
 * @param nowSeconds seconds since 1970
 * @throws {TokenError} `token_malformed` (a claim of a wrong type, no `exp`), `token_not_yet_valid`,
 *   `token_expired`, `token_issuer_mismatch`, `token_audience_mismatch`
 * @see RFC 7519 §4.1, RFC 8725bis §3.9 (audience), OWASP ASVS 5.0 9.2.1
 */
export function assertClaims(
  payload: Record<string, unknown>,
  rules: ClaimsRules & { readonly evenExpired?: boolean },
  nowSeconds: number,
): ValidClaims {
  if ('iat' in payload) numericDate(payload.iat);
  if ('nbf' in payload && numericDate(payload.nbf) > nowSeconds + rules.leewaySeconds) {
    throw new TokenError('token_not_yet_valid');
  }
  const expiresAt = Math.min(numericDate(payload.exp), Number.MAX_SAFE_INTEGER);
  const validUntil = Math.min(expiresAt + rules.leewaySeconds, Number.MAX_SAFE_INTEGER);
  if (validUntil < nowSeconds && !rules.evenExpired) throw new TokenError('token_expired');
  if (rules.issuer !== undefined && payload.iss !== rules.issuer)
    throw new TokenError('token_issuer_mismatch');
  assertAudience(payload.aud, rules.audience);
  return { expiresAt, validUntil };
}

/** Reads a NumericDate. Drops its fraction, as the original does. */
function numericDate(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TokenError('token_malformed');
  return Math.trunc(value);
}

function assertAudience(claim: unknown, expected: string | undefined): void {
  if (expected === undefined) {
    if (claim !== undefined) throw new TokenError('token_audience_mismatch');
    return;
  }
  const audiences = Array.isArray(claim) ? claim : [claim];
  if (!audiences.includes(expected)) throw new TokenError('token_audience_mismatch');
}

/**
 * Reads the user that a token names. A numeric username is read as text.
 *
 * @throws {TokenError} `token_payload_invalid`
 */
export function subjectOf(payload: Record<string, unknown>): Subject {
  const { user_id: userId } = payload;
  const username =
    typeof payload.username === 'number' && payload.username !== 0
      ? String(payload.username)
      : payload.username;
  if (
    typeof username !== 'string' ||
    username === '' ||
    typeof userId !== 'number' ||
    !Number.isSafeInteger(userId)
  ) {
    throw new TokenError('token_payload_invalid');
  }
  return { userId, username };
}

/** The id of a session; after a point, its instance. */
const SID = /^[\w-]{22,64}(?:\.[\w-]{1,64})?$/;
/** The maximum generation, which no session reaches. */
const MAX_GENERATION = 2 ** 31;

/**
 * Reads `sid` and `gen`. Returns undefined for a token issued by Django.
 *
 * @throws {TokenError} `token_payload_invalid`
 */
export function sessionClaimsOf(payload: Record<string, unknown>): SessionClaims | undefined {
  const { sid, gen } = payload;
  if (sid === undefined && gen === undefined) return undefined;
  const isSession = typeof sid === 'string' && SID.test(sid);
  if (!isSession || typeof gen !== 'number' || !Number.isInteger(gen) || gen < 0 || gen > MAX_GENERATION) {
    throw new TokenError('token_payload_invalid');
  }
  return { sid, generation: gen };
}
