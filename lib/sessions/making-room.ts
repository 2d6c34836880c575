import type { Opening, Session, SessionHolder, SessionRules } from './session.ts';
import { endOfDjangoToken } from './session-id.ts';
import { isOver } from './standing.ts';

/** How many sessions beyond the limit an account may have until logins at the same time have evicted them. */
const MAX_SURPLUS = 100;

type NewSession = Pick<Opening, 'sid' | 'session'>;

/**
 * Plans a session that replaces others: all expired ones, then the least recently used, until the account is under its
 * limit. The write fails if another writer used the room or one of those sessions first.
 */
export function makeRoom(
  holder: SessionHolder,
  added: NewSession,
  rules: SessionRules,
  nowSeconds: number,
): Opening {
  const fallen = evictionsOf(holder, rules.sessionsPerUser - 1, rules, nowSeconds);
  const others = fallen.size + rules.sessionsPerUser - 1;
  return { ...added, fallen, others, forgotten: expiredTombstones(holder, rules, nowSeconds) };
}

/**
 * Plans a session that replaces none, so that writers at the same time do not get in each other's way. The account may
 * exceed its limit until {@link surplusOf} is evicted.
 */
export function addBeyondLimit(
  holder: SessionHolder,
  added: NewSession,
  rules: SessionRules,
  nowSeconds: number,
): Opening {
  const others = rules.sessionsPerUser + MAX_SURPLUS;
  return { ...added, fallen: new Map(), others, forgotten: expiredTombstones(holder, rules, nowSeconds) };
}

/**
 * Computes which sessions an account over its limit loses, in the order of their eviction. Several logins choose by the same
 * order, so together they evict no more sessions than the last of them would alone.
 */
export const surplusOf = (
  holder: SessionHolder,
  rules: SessionRules,
  nowSeconds: number,
): ReadonlyMap<string, Session> =>
  holder.sessions.size > rules.sessionsPerUser
    ? evictionsOf(holder, rules.sessionsPerUser, rules, nowSeconds)
    : new Map();

/** Returns all expired sessions, then the least recently used beyond `kept`; equally old ones in the order of their ids. */
function evictionsOf(
  { sessions }: SessionHolder,
  kept: number,
  rules: SessionRules,
  nowSeconds: number,
): ReadonlyMap<string, Session> {
  const byUse = [...sessions].sort(
    ([sidA, a], [sidB, b]) => a.refreshedAt - b.refreshedAt || (sidA < sidB ? -1 : 1),
  );
  const over = byUse.filter(([, one]) => isOver(one, rules, nowSeconds));
  const live = byUse.filter(([, one]) => !isOver(one, rules, nowSeconds));
  return new Map([...over, ...live.slice(0, Math.max(0, live.length - kept))]);
}

/** Ids of revoked Django-issued tokens that have expired since, and need no record any more. */
const expiredTombstones = ({ ended }: SessionHolder, rules: SessionRules, nowSeconds: number): string[] =>
  [...ended.sids].filter((sid) => endOfDjangoToken(sid) + rules.refreshSeconds < nowSeconds);
