import type { Opening, Session, SessionHolder, SessionRules } from './session.ts';
import { endOfDjangoToken } from './session-id.ts';
import { isOver } from './standing.ts';

/**
 * Plans how a session comes to those that an account has: the ones that are over go, and of the others those longest
 * unused, until there is room.
 */
export function makeRoom(
  { sessions, ended }: SessionHolder,
  { sid, session }: Pick<Opening, 'sid' | 'session'>,
  rules: SessionRules,
  nowSeconds: number,
): Opening {
  const byUse = [...sessions].sort(([, a], [, b]) => a.refreshedAt - b.refreshedAt);
  const over = byUse.filter(([, one]) => isOver(one, rules, nowSeconds));
  const live = byUse.filter(([, one]) => !isOver(one, rules, nowSeconds));
  const fallen = new Map<string, Session>([
    ...over,
    ...live.slice(0, Math.max(0, live.length + 1 - rules.sessionsPerUser)),
  ]);
  return {
    sid,
    session,
    fallen,
    others: fallen.size + rules.sessionsPerUser - 1,
    forgotten: [...ended.sids].filter((one) => endOfDjangoToken(one) + rules.refreshSeconds < nowSeconds),
  };
}
