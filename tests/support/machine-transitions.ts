import type { TokenErrorCode } from '../../lib/errors.ts';
import type { AccountSessions, Session, SessionRules } from '../../lib/sessions/session.ts';
import type {
  Advance,
  EndAll,
  EndOthers,
  Eviction,
  SessionChange,
  SessionEnd,
  SessionInsert,
} from '../../lib/sessions/session-change.ts';
import {
  currentOf,
  decideRefresh,
  planInsert,
  type RefreshDecision,
  type RefreshRequest,
  type RefreshResult,
} from '../../lib/sessions/session-machine.ts';
import { isRevoked } from '../../lib/sessions/token-validity.ts';

/** An event that concerns the sessions of an account. */
export type SessionEvent =
  | { readonly type: 'refresh'; readonly request: RefreshRequest }
  | { readonly type: 'login'; readonly sid: string; readonly session: Session }
  | { readonly type: 'change'; readonly change: SessionEnd | Eviction | EndOthers | EndAll };

export type SessionOutcome =
  | { readonly type: 'completed'; readonly result: RefreshResult }
  | { readonly type: 'refused'; readonly code: TokenErrorCode }
  | { readonly type: 'changed' | 'conflict' };

/**
 * The state machine: returns the state after an uninterrupted event, and the outcome.
 *
 * @param nowSeconds seconds since 1970
 */
export function transition(
  state: AccountSessions,
  event: SessionEvent,
  nowSeconds: number,
  rules: SessionRules,
): { readonly state: AccountSessions; readonly outcome: SessionOutcome } {
  if (event.type === 'refresh') return refreshed(state, decideRefresh(state, event.request, rules));
  const change = event.type === 'change' ? event.change : planLogin(state, event, nowSeconds, rules);
  const next = applyChange(state, change);
  return { state: next ?? state, outcome: { type: next === undefined ? 'conflict' : 'changed' } };
}

const planLogin = (
  state: AccountSessions,
  { sid, session }: SessionEvent & { readonly type: 'login' },
  nowSeconds: number,
  rules: SessionRules,
) => planInsert(state, { sid, session, legacy: undefined }, rules, nowSeconds, false);

function refreshed(state: AccountSessions, decision: RefreshDecision): ReturnType<typeof transition> {
  if (decision.type === 'refuse') return { state, outcome: { type: 'refused', code: decision.code } };
  if (decision.type === 'successor' || decision.type === 'presented')
    return { state, outcome: { type: 'completed', result: decision } };
  const next = applyChange(state, decision.change);
  if (next === undefined) return { state, outcome: { type: 'conflict' } };
  if (decision.type === 'reuse') return { state: next, outcome: { type: 'refused', code: 'refresh_reuse' } };
  const session = next.sessions.get(decision.change.sid);
  return session === undefined
    ? { state: next, outcome: { type: 'conflict' } }
    : { state: next, outcome: { type: 'completed', result: currentOf(session) } };
}

/**
 * Applies a change to sessions as DynamoDB applies its write. Returns undefined if the condition does not hold. The
 * repository is tested against this function.
 */
export function applyChange(state: AccountSessions, change: SessionChange): AccountSessions | undefined {
  switch (change.type) {
    case 'advance':
      return applyAdvance(state, change);
    case 'insert':
      return applyInsert(state, change);
    case 'end':
      return without(state, [change.sid], change.tombstones);
    case 'evict': {
      const { evicted, tombstones } = change;
      const isAsRead = ([sid, { refreshedAt }]: [string, Session]) =>
        (state.sessions.get(sid)?.refreshedAt ?? refreshedAt) === refreshedAt;
      return [...evicted].every(isAsRead) ? without(state, [...evicted.keys()], tombstones) : undefined;
    }
    case 'end_others':
      return applyEndOthers(state, change);
    case 'end_all':
      return { ...state, sessions: new Map(), revoked: { ...state.revoked, before: change.revokedBefore } };
  }
}

function applyAdvance(state: AccountSessions, change: Advance): AccountSessions | undefined {
  const { sid, instance, from, issued, idempotencyKey, address, at } = change;
  const session = state.sessions.get(sid);
  if (!state.account.isActive || session?.generation !== from || session.instance !== instance)
    return undefined;
  const advanced: Session = {
    ...session,
    generation: from + 1,
    refreshedAt: at,
    current: { ...issued, claims: state.claims },
    previous: session.current,
    idempotencyKey,
    isOptedIn: session.isOptedIn || idempotencyKey !== undefined,
    address: address ?? session.address,
  };
  return { ...state, sessions: new Map(state.sessions).set(sid, advanced) };
}

function applyInsert(state: AccountSessions, change: SessionInsert): AccountSessions | undefined {
  const { sid, session, evicted, maxExisting, tombstones, expiredTombstones, legacy } = change;
  const { account, sessions } = state;
  if (!account.isActive || sessions.has(sid) || sessions.size > maxExisting) return undefined;
  if ([...evicted].some(([one, { refreshedAt }]) => sessions.get(one)?.refreshedAt !== refreshedAt))
    return undefined;
  if (legacy !== undefined && isRevoked(state, sid, legacy.loginAt)) return undefined;
  const next = without(state, [...evicted.keys()], tombstones, expiredTombstones);
  return { ...next, sessions: new Map(next.sessions).set(sid, session) };
}

function applyEndOthers(state: AccountSessions, change: EndOthers): AccountSessions | undefined {
  const { sid, session, isStored, loginAt } = change;
  const stored = state.sessions.get(sid);
  const isAsRead = isStored
    ? stored?.generation === session.generation && stored.instance === session.instance
    : stored === undefined && !isRevoked(state, sid, loginAt);
  if (!state.account.isActive || !isAsRead) return undefined;
  return {
    ...state,
    sessions: new Map([[sid, session]]),
    revoked: { ...state.revoked, before: change.revokedBefore },
  };
}

function without(
  state: AccountSessions,
  ended: readonly string[],
  tombstones: readonly string[],
  expiredTombstones: readonly string[] = [],
): AccountSessions {
  const sids = [...state.revoked.sids, ...tombstones].filter((sid) => !expiredTombstones.includes(sid));
  return {
    ...state,
    sessions: new Map([...state.sessions].filter(([sid]) => !ended.includes(sid))),
    revoked: { ...state.revoked, sids: new Set(sids) },
  };
}
