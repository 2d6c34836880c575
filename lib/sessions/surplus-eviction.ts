import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import type { Account } from '../users/account.ts';
import type { AccountSessions, LimitRules } from './session.ts';
import type { Eviction } from './session-change.ts';
import { planEviction } from './session-machine.ts';

export interface SurplusStore {
  /** Reads the account with its sessions, with strong consistency. @throws {UnavailableError} */
  find(): Promise<AccountSessions | undefined>;
  /** Returns false if the condition of the change failed. @throws {UnavailableError} */
  evict(account: Account, eviction: Eviction): Promise<boolean>;
}

/**
 * Evicts the sessions beyond an account's limit, after concurrent logins have exceeded it.
 *
 * @throws {UnavailableError}
 */
export async function evictSurplus(
  { find, evict }: SurplusStore,
  rules: LimitRules,
  nowSeconds: number,
  retryTiming: RetryTiming | undefined,
): Promise<void> {
  await retryOnConflict(async () => {
    const state = await find();
    const eviction = state && planEviction(state, rules, nowSeconds);
    if (state === undefined || eviction === undefined) return true;
    const isEvicted = await evict(state.account, eviction);
    const isLast = state.sessions.size - eviction.evicted.size <= rules.sessionsPerUser;
    return (isEvicted && isLast) || undefined;
  }, retryTiming);
}
