import { TokenError } from '../errors.ts';

/** Whom a token names: both must match one user, so that nobody inherits a freed username's tokens. */
export interface Subject {
  readonly userId: number;
  readonly username: string;
}

/** Which session a token belongs to, and the how-manieth token of it this is; the one of the login is 0. */
export interface SessionClaims {
  readonly sid: string;
  readonly generation: number;
}

/** What time and audience a token is measured against; times in whole seconds since 1970. */
export interface ClaimsRules {
  readonly leewaySeconds: number;
  readonly audience?: string;
  readonly issuer?: string;
}

/** What the checks found out. */
export interface ValidClaims {
  /** `exp`, in whole seconds since 1970. */
  readonly expiresAt: number;
  /** The last second, since 1970, that these claims are valid in: `exp` and the leeway. */
  readonly validUntil: number;
}

/**
 * Checks `iat`, `nbf`, `exp`, `iss` and `aud` in the original's order. `exp` and `nbf` equal to now are valid.
 *
 * @throws {TokenError} `token_malformed` (a claim of a wrong type, no `exp`), `token_not_yet_valid`,
 *   `token_expired`, `token_issuer_mismatch`, `token_audience_mismatch`
 * @see RFC 7519 §4.1, RFC 8725bis §3.9 (audience), OWASP ASVS 5.0 9.2.1
 */
export function assertClaims(
  payload: Record<string, unknown>,
  rules: ClaimsRules & { readonly evenExpired?: boolean },
  now: number,
): ValidClaims {
  if ('iat' in payload) numericDate(payload.iat);
  if ('nbf' in payload && numericDate(payload.nbf) > now + rules.leewaySeconds) {
    throw new TokenError('token_not_yet_valid');
  }
  const expiresAt = Math.min(numericDate(payload.exp), Number.MAX_SAFE_INTEGER);
  const validUntil = Math.min(expiresAt + rules.leewaySeconds, Number.MAX_SAFE_INTEGER);
  if (validUntil < now && !rules.evenExpired) throw new TokenError('token_expired');
  if (rules.issuer !== undefined && payload.iss !== rules.issuer)
    throw new TokenError('token_issuer_mismatch');
  assertAudience(payload.aud, rules.audience);
  return { expiresAt, validUntil };
}

/** A date in seconds, its fraction cut as the original cuts it. */
function numericDate(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TokenError('token_malformed');
  return Math.trunc(value);
}

function assertAudience(claim: unknown, expected: string | undefined): void {
  if (expected === undefined) {
    if (claim !== undefined && claim !== null) throw new TokenError('token_audience_mismatch');
    return;
  }
  const audiences = Array.isArray(claim) ? claim : [claim];
  if (!audiences.includes(expected)) throw new TokenError('token_audience_mismatch');
}

/**
 * Reads whom a token names. A numeric username counts as its text.
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

const SID = /^[\w-]{22,64}$/;
/** More than a session could be refreshed. */
const MAX_GENERATION = 2 ** 31;

/**
 * Reads `sid` and `gen`; nothing of a token that Django issued.
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
