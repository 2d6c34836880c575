import type { AccountSessions, Session, SessionRules } from './session.ts';
import type { Eviction, SessionInsert } from './session-change.ts';
import { isLegacySid, isLegacyTokenOver } from './session-id.ts';
import { isSessionExpired } from './token-validity.ts';

/** How many sessions an account may temporarily have beyond its limit during concurrent logins. */
const MAX_SURPLUS = 100;
/** The maximum number of sessions that one write evicts. A DynamoDB expression has at most 300 operators. */
const MAX_EVICTED = 25;
/** The same for the write that adds a session. */
const MAX_EVICTED_BY_INSERT = 100;

type NewSession = Pick<SessionInsert, 'sid' | 'session' | 'legacy'>;

/**
 * Plans adding a session to an account. Evicts all expired sessions, then the least recently used, until the account is
 * under its limit.
 *
 * @param isContended after a write conflict, adds the session without evicting any, so that concurrent logins do not
 *   conflict again; {@link planEviction} then enforces the limit
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
    : new Map(
        [...evictionsOf(state, rules.sessionsPerUser - 1, rules, nowSeconds)].slice(0, MAX_EVICTED_BY_INSERT),
      );
  const maxExisting = isContended
    ? rules.sessionsPerUser + MAX_SURPLUS
    : Math.max(state.sessions.size, evicted.size + rules.sessionsPerUser - 1);
  const tombstones = [...evicted.keys()].filter(isLegacySid);
  // One write cannot both add to a set and delete from it, so expired ids are left for the next write.
  const expiredTombstones = tombstones.length > 0 ? [] : findExpiredTombstones(state, rules, nowSeconds);
  return { type: 'insert', sid, session, legacy, evicted, maxExisting, tombstones, expiredTombstones };
}

/**
 * Plans evicting the sessions beyond an account's limit. Returns undefined if there are none. Concurrent writers evict
 * in the same order, so together they evict no more sessions than one of them would. One write evicts at most
 * {@link MAX_EVICTED} sessions, so plan again after it.
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

/** Returns all expired sessions, then the least recently used ones beyond `remaining`. Ties are broken by id. */
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

/** Returns the ids of revoked tokens issued by Django that can no longer be used or refreshed. */
const findExpiredTombstones = (
  { revoked }: AccountSessions,
  rules: SessionRules,
  nowSeconds: number,
): string[] => [...revoked.sids].filter((sid) => isLegacyTokenOver(sid, rules, nowSeconds));
