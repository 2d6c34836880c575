import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import type { Account } from '../users/user.ts';
import { surplusOf } from './making-room.ts';
import type { Session, SessionHolder, SessionRules } from './session.ts';

/** How many sessions one write evicts: an expression of DynamoDB holds at most 300 operators. */
const MAX_EVICTED = 25;

export interface SurplusStore {
  /** Reads the account with its sessions, consistently. @throws {UnavailableError} */
  find(): Promise<SessionHolder | undefined>;
  /** @see SessionStore.evict */
  evict(account: Account, evicted: ReadonlyMap<string, Session>): Promise<boolean>;
}

/**
 * Evicts the sessions by which an account exceeds its limit. Run it after the new session is stored.
 *
 * @throws {UnavailableError}
 */
export async function evictSurplus(
  store: SurplusStore,
  rules: SessionRules,
  nowSeconds: number,
  retryTiming: RetryTiming | undefined,
): Promise<void> {
  await retryOnConflict(async () => {
    const holder = await store.find();
    if (holder === undefined) return true;
    const surplus = [...surplusOf(holder, rules, nowSeconds)];
    if (surplus.length === 0) return true;
    const isEvicted = await store.evict(holder.account, new Map(surplus.slice(0, MAX_EVICTED)));
    return (isEvicted && surplus.length <= MAX_EVICTED) || undefined;
  }, retryTiming);
}
