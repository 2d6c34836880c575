import type { AccountSessions, Session, SessionRules } from './session.ts';
import type { Eviction, SessionInsert } from './session-change.ts';
import { isLegacySid, legacyTokenExpiry } from './session-id.ts';
import { isSessionExpired } from './token-validity.ts';

/** How many sessions beyond the limit an account may have until concurrent logins have evicted them. */
const MAX_SURPLUS = 100;
/** How many sessions one write evicts: a DynamoDB expression has at most 300 operators. */
const MAX_EVICTED = 25;

type NewSession = Pick<SessionInsert, 'sid' | 'session' | 'legacy'>;

/**
 * Plans adding a session to an account. It replaces all expired sessions, then the least recently used, until the account
 * is under its limit.
 *
 * @param isContended after a write conflict the session is added beyond the limit and replaces none, so that concurrent
 *   logins do not conflict again; {@link planEviction} brings the account back to its limit
 */
export function planInsert(
  state: AccountSessions,
  { sid, session, legacy }: NewSession,
  rules: SessionRules,
  nowSeconds: number,
  isContended: boolean,
): SessionInsert {
  const evicted: ReadonlyMap<string, Session> = isContended
    ? new Map()
    : evictionsOf(state, rules.sessionsPerUser - 1, rules, nowSeconds);
  const maxExisting = isContended
    ? rules.sessionsPerUser + MAX_SURPLUS
    : evicted.size + rules.sessionsPerUser - 1;
  const tombstones = [...evicted.keys()].filter(isLegacySid);
  // One write cannot both add to a set and delete from it: expired ids wait for the next write.
  const expiredTombstones = tombstones.length > 0 ? [] : findExpiredTombstones(state, rules, nowSeconds);
  return { type: 'insert', sid, session, legacy, evicted, maxExisting, tombstones, expiredTombstones };
}

/**
 * Plans the eviction of the sessions by which an account exceeds its limit; undefined if there are none. Concurrent
 * writers choose in the same order, so together they evict no more than the last of them would alone. One write evicts
 * some of the sessions if there are many: plan again after it.
 */
export function planEviction(
  state: AccountSessions,
  rules: SessionRules,
  nowSeconds: number,
): Eviction | undefined {
  if (state.sessions.size <= rules.sessionsPerUser) return undefined;
  const surplus = [...evictionsOf(state, rules.sessionsPerUser, rules, nowSeconds)].slice(0, MAX_EVICTED);
  if (surplus.length === 0) return undefined;
  const evicted = new Map(surplus);
  return { type: 'evict', evicted, tombstones: [...evicted.keys()].filter(isLegacySid) };
}

/** All expired sessions, then the least recently used beyond those that may stay; equals in the order of their ids. */
function evictionsOf(
  { sessions }: AccountSessions,
  remaining: number,
  rules: SessionRules,
  nowSeconds: number,
): ReadonlyMap<string, Session> {
  const byUse = [...sessions].sort(
    ([sidA, a], [sidB, b]) => a.refreshedAt - b.refreshedAt || (sidA < sidB ? -1 : 1),
  );
  const expired = byUse.filter(([, one]) => isSessionExpired(one, rules, nowSeconds));
  const live = byUse.filter(([, one]) => !isSessionExpired(one, rules, nowSeconds));
  return new Map([...expired, ...live.slice(0, Math.max(0, live.length - remaining))]);
}

/** Ids of revoked tokens issued by Django that can no longer be used or refreshed. */
const findExpiredTombstones = (
  { revoked }: AccountSessions,
  rules: SessionRules,
  nowSeconds: number,
): string[] => [...revoked.sids].filter((sid) => legacyTokenExpiry(sid) + rules.refreshSeconds < nowSeconds);
