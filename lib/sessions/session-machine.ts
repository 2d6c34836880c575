import { toSeconds } from '../clock.ts';
import type { TokenErrorCode } from '../errors.ts';
import { haveSameClaims } from '../tokens/signed-claims.ts';
import type {
  AccountSessions,
  ExpiryRules,
  IssuedToken,
  LimitRules,
  RefreshRules,
  Session,
  SessionClient,
  SessionRules,
} from './session.ts';
import type {
  Advance,
  EndOthers,
  Eviction,
  RevocationFold,
  SessionEnd,
  SessionInsert,
} from './session-change.ts';
import { isLegacySid, isLegacyTokenOver } from './session-id.ts';
import { checkToken, isSessionExpired, type Principal, toSafeInteger } from './token-validity.ts';

// All rules that change sessions, without I/O: how a session opens, is refreshed and ends, and which one is evicted. Each
// function returns one change, with the condition on which the store makes it. This module is longer than others, so that
// the rules can be read together.

/** How long after a login a refresh returns the token of that login, in milliseconds. */
const LOGIN_MOMENT_MS = 1000;
/** How many sessions an account may temporarily have beyond its limit during concurrent logins. */
const MAX_SURPLUS = 100;
/** The maximum number of sessions that an eviction removes. A DynamoDB expression has at most 300 operators. */
const MAX_EVICTED = 25;
/** The same for the write that adds a session, whose conditions have fewer operators. */
const MAX_EVICTED_BY_INSERT = 100;
/** How many revoked tokens issued by Django an account lists. Each check of such a token reads the list. */
const MAX_REVOKED_TOKENS = 200;
/** The maximum by which the clock of Django may be ahead, in seconds. AWS accepts the same difference for signed requests. */
const CLOCK_DIFFERENCE_SECONDS = 300;

/** Returns the session of a login. An `Idempotency-Key` opts it in to reuse detection. @param at milliseconds since 1970 */
export const openSession = (
  { label, address, idempotencyKey }: SessionClient,
  current: IssuedToken,
  at: number,
  { refreshSeconds }: Pick<SessionRules, 'refreshSeconds'>,
): Session => ({
  ...newSession(at, toSeconds(at) + refreshSeconds, current),
  isOptedIn: idempotencyKey !== undefined,
  label,
  address,
});

const newSession = (at: number, refreshableUntil: number, current: IssuedToken): Session => ({
  generation: 0,
  createdAt: at,
  refreshedAt: at,
  refreshableUntil: toSafeInteger(refreshableUntil),
  current,
  previous: undefined,
  idempotencyKey: undefined,
  isOptedIn: false,
  label: undefined,
  address: undefined,
});

/** A request to refresh a token. */
export interface RefreshRequest {
  readonly principal: Principal;
  /** Time of the login, in seconds since 1970. Without it, a token cannot be refreshed. */
  readonly originallyIssuedAt: number | undefined;
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

/** A token is issued if the change succeeds. If it conflicts, decide again based on the new state. */
interface Issue {
  readonly type: 'issue';
  readonly change: Advance | SessionInsert;
}

export type RefreshDecision =
  | RefreshResult
  | Issue
  /** A token was reused: the change ends its session. */
  | { readonly type: 'reuse'; readonly change: SessionEnd }
  | { readonly type: 'refuse'; readonly code: TokenErrorCode };

/**
 * Decides a refresh without reading the state: a token is assumed to be the current one of its session, which the
 * condition of the change checks. Returns undefined if the decision needs a read: a token issued by Django may have no
 * session, a token issued by a login in the same second may be its own successor, and errors that concern the user or the
 * session take precedence over those of `orig_iat`, as in the original.
 *
 * @param expiresAt the `exp` of the token
 */
export function decideUnread(
  request: RefreshRequest,
  expiresAt: number,
  rules: RefreshRules,
): Issue | undefined {
  const { principal, issued } = request;
  const mayBeRightAfterLogin = principal.generation === 0 && issued.expiresAt - expiresAt <= 1;
  if (principal.isLegacy || mayBeRightAfterLogin || loginProblem(request, rules)) return undefined;
  return { type: 'issue', change: advanceOf(request) };
}

/** A token can be refreshed until its login is too old. Returns why it cannot. */
function loginProblem(
  { originallyIssuedAt, at }: RefreshRequest,
  { refreshSeconds }: RefreshRules,
): TokenErrorCode | undefined {
  if (originallyIssuedAt === undefined) return 'orig_iat_missing';
  return toSeconds(at) > originallyIssuedAt + refreshSeconds ? 'refresh_expired' : undefined;
}

/**
 * Decides the result of a refresh from the stored state. The current token of a session gets a successor. An older
 * token gets the current token. With reuse detection, a repeated request gets the same successor, and any other request with an
 * older token ends the session.
 *
 * @param isContended whether a write of this request has conflicted
 * @see RFC 9700 §4.14.2 (refresh token rotation)
 */
export function decideRefresh(
  state: AccountSessions | undefined,
  request: RefreshRequest,
  rules: RefreshRules,
  isContended = false,
): RefreshDecision {
  const { principal } = request;
  const check = checkToken(state, principal);
  if (check.type === 'refused') return { type: 'refuse', code: check.code };
  const problem = loginProblem(request, rules);
  if (problem !== undefined) return { type: 'refuse', code: problem };
  const { session } = check;
  if (session === undefined) {
    return { type: 'issue', change: insertForLegacyToken(check.state, request, rules, isContended) };
  }
  if (isRightAfterLogin(check.state, session, request)) return { type: 'presented' };
  if (session.generation === generationOf(principal))
    return { type: 'issue', change: advanceOf(request, session.instance) };
  return detectsReuse(session, rules) ? decideRepeat(session, request, rules) : currentOf(session);
}

/** Returns the position of a token in its session: 0 for a token issued by Django. */
const generationOf = ({ generation = 0 }: Principal): number => generation;

/**
 * Returns the change that issues a successor if the presented token is the current one of its session.
 *
 * @param instance the instance of the session, which a token issued by Django does not contain
 */
function advanceOf(
  { principal, issued, client: { idempotencyKey, address }, at }: RefreshRequest,
  instance = principal.instance,
): Advance {
  const from = generationOf(principal);
  return { type: 'advance', sid: principal.sid, instance, from, issued, idempotencyKey, address, at };
}

/** Returns the current token of a session as the result of a refresh. */
export const currentOf = ({
  current: issued,
  generation,
  instance,
}: Session): RefreshResult & { readonly type: 'successor' } => ({
  type: 'successor',
  issued,
  generation,
  instance,
});

const detectsReuse = ({ isOptedIn }: Session, { reuseDetection }: RefreshRules): boolean =>
  reuseDetection === 'always' || (reuseDetection === 'auto' && isOptedIn);

/** Decides with reuse detection: a repeated request gets the same successor, any other reuse ends the session. */
function decideRepeat(session: Session, request: RefreshRequest, rules: RefreshRules): RefreshDecision {
  const { generation, instance, current, previous } = session;
  const { principal, issued } = request;
  const from = generationOf(principal);
  const isRepeated = current.nonce === issued.nonce || isRepeatable(session, request, rules);
  if (generation === from + 1 && isRepeated) return currentOf(session);
  // The response to this request's own write was lost, and its successor has been refreshed since.
  if (generation === from + 2 && previous?.nonce === issued.nonce) {
    return { type: 'successor', issued: previous, generation: from + 1, instance };
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
  { reuseSeconds }: RefreshRules,
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
    request.principal.generation === 0 &&
    request.at - createdAt < LOGIN_MOMENT_MS &&
    request.issued.expiresAt - current.expiresAt <= 1 &&
    (isOptedIn || request.client.idempotencyKey === undefined) &&
    haveSameClaims(current.claims, claims)
  );
}

/** Plans the session of a token issued by Django, which begins with the successor of that token. */
function insertForLegacyToken(
  state: AccountSessions,
  { principal: { sid, loginAt }, issued, client, originallyIssuedAt = 0, at }: RefreshRequest,
  rules: RefreshRules,
  isContended: boolean,
): SessionInsert {
  const { label, address, idempotencyKey } = client;
  const session: Session = {
    ...newSession(at, originallyIssuedAt + rules.refreshSeconds, { ...issued, claims: state.claims }),
    generation: 1,
    instance: issued.nonce,
    idempotencyKey,
    isOptedIn: idempotencyKey !== undefined,
    label,
    address,
  };
  return planInsert(state, { sid, session, legacy: { loginAt } }, rules, toSeconds(at), isContended);
}

/**
 * Plans adding a session to an account. Evicts the expired sessions, then the least recently used, until the account is
 * under its limit. One write evicts at most {@link MAX_EVICTED_BY_INSERT}; the next one continues.
 *
 * @param isContended after a write conflict, adds the session without evicting any, so that concurrent logins do not
 *   conflict again; {@link planEviction} then enforces the limit
 */
export function planInsert(
  state: AccountSessions,
  { sid, session, legacy }: Pick<SessionInsert, 'sid' | 'session' | 'legacy'>,
  rules: LimitRules,
  nowSeconds: number,
  isContended: boolean,
): SessionInsert {
  const { sessionsPerUser } = rules;
  const maxEvicted = isContended ? 0 : MAX_EVICTED_BY_INSERT;
  const { evicted, tombstones } = evictionOf(state, sessionsPerUser - 1, maxEvicted, rules, nowSeconds);
  const maxExisting = isContended
    ? sessionsPerUser + MAX_SURPLUS
    : Math.max(state.sessions.size, evicted.size + sessionsPerUser - 1);
  // One write cannot both add to a set and delete from it, so expired ids are left for the next write.
  const expiredTombstones =
    tombstones.length > 0
      ? []
      : [...state.revoked.sids].filter((one) => isLegacyTokenOver(one, rules, nowSeconds));
  return { type: 'insert', sid, session, legacy, evicted, maxExisting, tombstones, expiredTombstones };
}

/**
 * Plans evicting the sessions beyond an account's limit. Returns undefined if there are none. Concurrent writers evict
 * in the same order, so together they evict no more sessions than one of them would. One write evicts at most
 * {@link MAX_EVICTED} sessions, so plan again after it.
 */
export function planEviction(
  state: AccountSessions,
  rules: LimitRules,
  nowSeconds: number,
): Eviction | undefined {
  if (state.sessions.size <= rules.sessionsPerUser) return undefined;
  return evictionOf(state, rules.sessionsPerUser, MAX_EVICTED, rules, nowSeconds);
}

/** Evicts all expired sessions, then the least recently used ones beyond `remaining`. Ties are broken by id. */
function evictionOf(
  { sessions }: AccountSessions,
  remaining: number,
  maximum: number,
  rules: ExpiryRules,
  nowSeconds: number,
): Eviction {
  const byUse = [...sessions].sort(
    ([sidA, a], [sidB, b]) => a.refreshedAt - b.refreshedAt || (sidA < sidB ? -1 : 1),
  );
  const expired = byUse.filter(([, one]) => isSessionExpired(one, rules, nowSeconds));
  const live = byUse.filter(([, one]) => !isSessionExpired(one, rules, nowSeconds));
  const surplus = live.slice(0, Math.max(0, live.length - remaining));
  const evicted = new Map([...expired, ...surplus].slice(0, maximum));
  return { type: 'evict', evicted, tombstones: [...evicted.keys()].filter(isLegacySid) };
}

/** Ends one session. If it began with a token issued by Django, revokes that token. */
export const endSession = (sid: string): SessionEnd => ({
  type: 'end',
  sid,
  tombstones: [sid].filter(isLegacySid),
});

/**
 * Plans ending all sessions of an account except the caller's. A caller with a token issued by Django may have no session
 * yet; it is then created from the token.
 *
 * @param nowMs milliseconds since 1970
 * @param nonce a random value, which identifies that session
 */
export function planEndOthers(
  { claims, sessions }: AccountSessions,
  { sid, loginAt, validUntil }: Principal,
  { refreshSeconds }: Pick<SessionRules, 'refreshSeconds'>,
  nowMs: number,
  nonce: string,
): EndOthers {
  const revokedBefore = toSeconds(nowMs);
  const stored = sessions.get(sid);
  if (stored !== undefined)
    return { type: 'end_others', sid, session: stored, isStored: true, loginAt, revokedBefore };
  // `loginAt` comes from the token, so it is clamped to times that a `Date` can represent.
  const at = loginAt === undefined ? nowMs : Math.min(Math.max(0, loginAt * 1000), nowMs);
  const current = { expiresAt: validUntil, claims, nonce };
  const refreshableUntil = loginAt === undefined ? 0 : loginAt + refreshSeconds;
  const session = { ...newSession(at, refreshableUntil, current), instance: nonce };
  return { type: 'end_others', sid, session, isStored: false, loginAt, revokedBefore };
}

/** Plans the fold of a list of revoked tokens with more than {@link MAX_REVOKED_TOKENS} entries; undefined for any other. */
export const planFold = (sids: ReadonlySet<string>, nowSeconds: number): RevocationFold | undefined =>
  sids.size <= MAX_REVOKED_TOKENS
    ? undefined
    : { sids: [...sids], revokedBefore: nowSeconds + CLOCK_DIFFERENCE_SECONDS };
