import { TokenError, type TokenErrorCode } from '../errors.ts';
import type { VerifiedToken } from '../tokens/tokens.ts';
import type { AccountSessions, ExpiryRules, Session } from './session.ts';
import { parseSidClaim, sidOf } from './session-id.ts';

/** The caller that a token names, and its session. */
export interface Principal {
  readonly userId: number;
  readonly username: string;
  readonly sid: string;
  /** The instance of its session, if the token contains one. */
  readonly instance?: string | undefined;
  /** Position of the token in its session; undefined for a token issued by Django. */
  readonly generation?: number | undefined;
  /** Whether Django issued the token: it has no session before its first refresh. */
  readonly isLegacy: boolean;
  /** Time of its login, in whole seconds since 1970. Unknown for a token issued by Django without `orig_iat`. */
  readonly loginAt: number | undefined;
  /** The last time at which the token is valid, in seconds since 1970. */
  readonly validUntil: number;
}

/** Returns the principal of a verified token. */
export function toPrincipal(verified: VerifiedToken): Principal {
  const { subject, session, originallyIssuedAt, validUntil } = verified;
  return {
    ...subject,
    sid: sidOf(verified),
    instance: session && parseSidClaim(session.sid).instance,
    generation: session?.generation,
    isLegacy: session === undefined,
    loginAt: originallyIssuedAt === undefined ? undefined : toSafeInteger(originallyIssuedAt),
    validUntil,
  };
}

/** Converts a number from a token to a safe integer, which can be stored and compared. */
export const toSafeInteger = (seconds: number): number =>
  Math.trunc(Math.min(Math.max(seconds, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER));

export type TokenCheck<State> =
  | { readonly type: 'active'; readonly state: State; readonly session: Session | undefined }
  | { readonly type: 'refused'; readonly code: TokenErrorCode };

/**
 * Checks a token against the stored account: the user exists, has the same id and is active, and the session has not
 * ended. Only a token issued by Django may have no session. Any other token is revoked if it is of
 * another instance of its session, or above its generation: then the session ended and began again, or the table was
 * restored to an earlier time. Refuses with `user_not_found`, `user_disabled` or `token_revoked`.
 */
export function checkToken<State extends AccountSessions>(
  state: State | undefined,
  principal: Principal,
): TokenCheck<State> {
  const { userId, sid, isLegacy, loginAt } = principal;
  if (state === undefined || state.account.id !== userId) return { type: 'refused', code: 'user_not_found' };
  if (!state.account.isActive) return { type: 'refused', code: 'user_disabled' };
  const session = state.sessions.get(sid);
  const mayHaveNone = isLegacy && !isRevoked(state, sid, loginAt);
  if (session === undefined && !mayHaveNone) return { type: 'refused', code: 'token_revoked' };
  if (session !== undefined && !isLegacy && !isOf(session, principal)) {
    return { type: 'refused', code: 'token_revoked' };
  }
  return { type: 'active', state, session };
}

const isOf = (session: Session, { instance, generation = 0 }: Principal): boolean =>
  session.instance === instance && generation <= session.generation;

/**
 * Returns whether a token issued by Django is revoked. A token with an unknown login time counts as older than
 * `before`.
 */
export function isRevoked(
  { revoked }: Pick<AccountSessions, 'revoked'>,
  sid: string,
  loginAt: number | undefined,
): boolean {
  if (revoked.sids.has(sid)) return true;
  return revoked.before !== undefined && (loginAt === undefined || loginAt <= revoked.before);
}

/** Returns the stored account if the token passes {@link checkToken}. @throws {TokenError} */
export function assertSessionActive<State extends AccountSessions>(
  state: State | undefined,
  principal: Principal,
): State {
  const check = checkToken(state, principal);
  if (check.type === 'refused') throw new TokenError(check.code);
  return check.state;
}

/** Returns whether the tokens of a session can no longer be used or refreshed. */
export function isSessionExpired(session: Session, rules: ExpiryRules, nowSeconds: number): boolean {
  const isExpired = session.current.expiresAt + rules.leewaySeconds < nowSeconds;
  return isExpired && !(rules.refreshAfterExpiry && nowSeconds <= session.refreshableUntil);
}
