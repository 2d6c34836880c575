import { toSeconds } from '../clock.ts';
import type { TokenErrorCode } from '../errors.ts';
import { haveSameClaims } from '../tokens/signed-claims.ts';
import type { AccountSessions, IssuedToken, Session, SessionClient, SessionRules } from './session.ts';
import type { Advance, SessionEnd, SessionInsert } from './session-change.ts';
import { endSession } from './session-end.ts';
import { planInsert } from './session-limit.ts';
import { checkToken, type Principal, toSafeInteger } from './token-validity.ts';

/** How long after a login a refresh returns the token of that login, in milliseconds. */
const LOGIN_MOMENT_MS = 1000;

/** A request to refresh a token. */
export interface RefreshRequest {
  readonly principal: Principal;
  /** Position of the token in its session; 0 for a token issued by Django. */
  readonly generation: number;
  /** Time of the login, in seconds since 1970. */
  readonly originallyIssuedAt: number;
  readonly client: SessionClient;
  /** The successor that this request issues if its write succeeds. */
  readonly issued: Omit<IssuedToken, 'claims'>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The token that a refresh returns: one of the session's tokens, or the presented token itself. */
export type RefreshResult =
  | ({ readonly type: 'successor'; readonly issued: IssuedToken } & Pick<Session, 'generation' | 'instance'>)
  | { readonly type: 'presented' };

export type RefreshDecision =
  | { readonly type: 'result'; readonly result: RefreshResult }
  /** A token is issued if the change succeeds. If it conflicts, decide again based on the new state. */
  | { readonly type: 'issue'; readonly change: Advance | SessionInsert }
  /** A token was reused: the change ends its session. */
  | { readonly type: 'reuse'; readonly change: SessionEnd }
  | { readonly type: 'refuse'; readonly code: TokenErrorCode };

/**
 * Decides the result of a refresh from the stored state. The current token of a session gets a successor. An older
 * token gets the current token or, with reuse detection, its own successor while that is the current token.
 *
 * @param isContended whether a write of this request has conflicted
 * @see RFC 9700 §4.14.2 (refresh token rotation)
 */
export function decideRefresh(
  state: AccountSessions | undefined,
  request: RefreshRequest,
  rules: SessionRules,
  isContended = false,
): RefreshDecision {
  const { principal, generation } = request;
  const check = checkToken(state, principal);
  if (check.type === 'refused') return { type: 'refuse', code: check.code };
  const { session } = check;
  if (session === undefined) {
    return { type: 'issue', change: insertForLegacyToken(check.state, request, rules, isContended) };
  }
  if (isRightAfterLogin(check.state, session, request))
    return { type: 'result', result: { type: 'presented' } };
  if (session.generation === generation)
    return { type: 'issue', change: advanceOf(request, session.instance) };
  return detectsReuse(session, rules) ? decideRepeat(session, request, rules) : returnCurrent(session);
}

/**
 * Returns the change that issues a successor if the presented token is the current one of its session.
 *
 * @param instance the instance of the session, which a token issued by Django does not contain
 */
export function advanceOf(
  { principal, generation, issued, client, at }: RefreshRequest,
  instance = principal.instance,
): Advance {
  const { idempotencyKey, address } = client;
  return {
    type: 'advance',
    sid: principal.sid,
    instance,
    from: generation,
    issued,
    idempotencyKey,
    address,
    at,
  };
}

/** Returns the current token of a session as the result of a refresh. */
export const currentOf = ({
  current,
  generation,
  instance,
}: Session): RefreshResult & { readonly type: 'successor' } => ({
  type: 'successor',
  issued: current,
  generation,
  instance,
});
const returnCurrent = (session: Session): RefreshDecision => ({ type: 'result', result: currentOf(session) });

const detectsReuse = ({ isOptedIn }: Session, { reuseDetection }: SessionRules): boolean =>
  reuseDetection === 'always' || (reuseDetection === 'auto' && isOptedIn);

/** Decides with reuse detection: a repeated request gets the same successor, any other reuse ends the session. */
function decideRepeat(session: Session, request: RefreshRequest, rules: SessionRules): RefreshDecision {
  const { generation, instance, current, previous } = session;
  const { principal, generation: from, issued } = request;
  const isRepeated = current.nonce === issued.nonce || isRepeatable(session, request, rules);
  if (generation === from + 1 && isRepeated) return returnCurrent(session);
  // The response to this request's own write was lost, and its successor has been refreshed since.
  if (generation === from + 2 && previous?.nonce === issued.nonce) {
    return {
      type: 'result',
      result: { type: 'successor', issued: previous, generation: from + 1, instance },
    };
  }
  return { type: 'reuse', change: endSession(principal.sid) };
}

/**
 * Returns whether a request may get the successor that another request issued. If either has a key, both must have the
 * same.
 */
function isRepeatable(
  { idempotencyKey, refreshedAt }: Session,
  { client, at }: RefreshRequest,
  { reuseSeconds }: SessionRules,
): boolean {
  if (idempotencyKey !== client.idempotencyKey) return false;
  if (idempotencyKey !== undefined || reuseSeconds === undefined) return true;
  return at - refreshedAt <= reuseSeconds * 1000;
}

/**
 * Returns whether a refresh follows its login within {@link LOGIN_MOMENT_MS}. The original signs the same bytes for
 * both, so the token is its own successor. A client that opts in to reuse detection with this request gets a new token,
 * because the opt-in is stored with it.
 */
function isRightAfterLogin({ claims }: AccountSessions, session: Session, request: RefreshRequest): boolean {
  const { generation, createdAt, current, isOptedIn } = session;
  return (
    generation === 0 &&
    request.generation === 0 &&
    !request.principal.isLegacy &&
    request.at - createdAt < LOGIN_MOMENT_MS &&
    request.issued.expiresAt - current.expiresAt <= 1 &&
    (isOptedIn || request.client.idempotencyKey === undefined) &&
    haveSameClaims(current.claims, claims)
  );
}

/** Plans the session of a token issued by Django, which begins with the successor of that token. */
function insertForLegacyToken(
  state: AccountSessions,
  { principal, issued, client, originallyIssuedAt, at }: RefreshRequest,
  rules: SessionRules,
  isContended: boolean,
): SessionInsert {
  const { label, address, idempotencyKey } = client;
  const session: Session = {
    generation: 1,
    instance: issued.nonce,
    createdAt: at,
    refreshedAt: at,
    refreshableUntil: toSafeInteger(originallyIssuedAt + rules.refreshSeconds),
    current: { ...issued, claims: state.claims },
    previous: undefined,
    ...{ label, address, idempotencyKey, isOptedIn: idempotencyKey !== undefined },
  };
  const added = { sid: principal.sid, session, legacy: { loginAt: principal.loginAt } };
  return planInsert(state, added, rules, toSeconds(at), isContended);
}
