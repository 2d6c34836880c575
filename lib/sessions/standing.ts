import { TokenError } from '../errors.ts';
import type { VerifiedToken } from '../tokens/tokens.ts';
import type { Session, SessionHolder, SessionRules, TokenState } from './session.ts';
import { sidOf } from './session-id.ts';

/** A token as far as sessions are concerned. */
export interface PresentedToken {
  readonly userId: number;
  readonly username: string;
  readonly sid: string;
  /** Whether Django issued it: then it may have no session yet. */
  readonly isDjangos: boolean;
  /** When its login was, in whole seconds since 1970, if it says so: of Django's, those that cannot be refreshed do not. */
  readonly loginAt: number | undefined;
  /** The last second since 1970 that it is valid in. */
  readonly validUntil: number;
}

/** Finds what sessions have to know of a token. */
export function presentedToken(verified: VerifiedToken): PresentedToken {
  const { subject, session, originallyIssuedAt, validUntil } = verified;
  return {
    ...subject,
    sid: sidOf(verified),
    isDjangos: session === undefined,
    loginAt: originallyIssuedAt === undefined ? undefined : whole(originallyIssuedAt),
    validUntil,
  };
}

/** A number of seconds that can be stored and compared, whatever a token says. */
export const whole = (seconds: number): number =>
  Math.trunc(Math.min(Math.max(seconds, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER));

/** How an account stands to one of its sessions. */
export const stateOf = ({ account, sessions, ended }: SessionHolder, sid: string): TokenState => ({
  account,
  session: sessions.get(sid),
  ended,
});

/**
 * Makes sure that a token still stands for somebody: its user is there, with the same id and active, and its session has
 * not ended. The token of a login has a session until that ends; one of Django's may have none yet.
 *
 * @throws {TokenError} `user_not_found`, `user_disabled`, `token_revoked`
 */
export function assertStanding<State extends TokenState>(
  state: State | undefined,
  { userId, sid, isDjangos, loginAt }: PresentedToken,
): State {
  if (state === undefined || state.account.id !== userId) throw new TokenError('user_not_found');
  const { account, session, ended } = state;
  if (!account.isActive) throw new TokenError('user_disabled');
  const mayHaveNone = isDjangos && !ended.sids.has(sid) && isAfter(loginAt, ended.upTo);
  if (session === undefined && !mayHaveNone) throw new TokenError('token_revoked');
  return state;
}

/** A login that does not say when it was may have been before any instant. */
export const isAfter = (loginAt: number | undefined, upTo: number | undefined): boolean =>
  upTo === undefined || (loginAt !== undefined && loginAt > upTo);

/** Tells whether no token of a session can be used or refreshed any more. */
export function isOver(session: Session, rules: SessionRules, nowSeconds: number): boolean {
  const isExpired = session.leaf.expiresAt + rules.leewaySeconds < nowSeconds;
  return isExpired && !(rules.refreshAfterExpiry && nowSeconds <= session.refreshableUntil);
}
