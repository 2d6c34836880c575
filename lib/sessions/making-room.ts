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
 * Computes which sessions an account over its limit loses, the first to go first. All who compute it, from whatever
 * moment, choose in one order: together they evict no more than one of them would who came last.
 */
export const surplusOf = (
  holder: SessionHolder,
  rules: SessionRules,
  nowSeconds: number,
): ReadonlyMap<string, Session> =>
  holder.sessions.size > rules.sessionsPerUser
    ? evictionsOf(holder, rules.sessionsPerUser, rules, nowSeconds)
    : new Map();

/** All expired sessions, then the least recently used beyond those that are kept; equals in the order of their ids. */
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

/** Ids of ended tokens of Django's that have expired since, and need not be remembered. */
const expiredTombstones = ({ ended }: SessionHolder, rules: SessionRules, nowSeconds: number): string[] =>
  [...ended.sids].filter((sid) => endOfDjangoToken(sid) + rules.refreshSeconds < nowSeconds);
