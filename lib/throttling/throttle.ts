import { randomBytes } from 'node:crypto';
import { type Attempt, judge, type UsernameLimits, type Verdict, type WindowLimit } from './attempt-log.ts';
import { CountedAttempt, type FailureCounters } from './counted-attempt.ts';
import { networkOf } from './network.ts';
import { RefusalMemory } from './refusal-memory.ts';

export interface ThrottleSettings extends UsernameLimits {
  /** Of one network, whatever the username. */
  readonly network: WindowLimit;
}

export interface ThrottleDependencies {
  readonly counters: FailureCounters;
  readonly settings: ThrottleSettings;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

/** The username that is claimed, and the address it is claimed from. */
export interface Claimant {
  readonly username: string;
  readonly address: string | undefined;
}

/** The result of a check of a password. */
export type Checked<Right, Wrong> =
  | { readonly kind: 'right'; readonly value: Right }
  | { readonly kind: 'wrong'; readonly refusal: Wrong };

/** The caller's part of an attempt. If a step throws, the attempt is not counted. */
export interface AttemptSteps<Found, Right, Wrong> {
  /** Looks the account up. Runs while the attempt is counted. */
  find(): Promise<Found>;
  /** Returns whether the account knows the network of the claimant. */
  isKnown(found: Found): boolean;
  /** Checks the password. Runs once the attempt is counted and allowed. */
  check(found: Found): Promise<Checked<Right, Wrong>>;
}

/** The result of an attempt. */
export type AttemptResult<Right, Wrong> =
  | { readonly kind: 'throttled'; readonly waitSeconds: number }
  | { readonly kind: 'wrong'; readonly refusal: Wrong }
  | {
      readonly kind: 'right';
      readonly value: Right;
      /** Removes the attempt and the failures before it. Run it beside the write that follows. */
      forget(): Promise<void>;
    };

const NONCE_BYTES = 9;

/**
 * Limits wrong passwords. An attempt counts as failed before its password is checked, so that concurrent attempts do not
 * exceed a limit.
 *
 * @see docs/decisions/018-throttling-in-two-rounds.md
 * @see NIST SP 800-63B-4 §3.2.2 (at most 100 consecutive failures), OWASP ASVS 5.0, 6.3.1
 */
export class Throttle {
  readonly #dependencies: Required<ThrottleDependencies>;
  readonly #memory = new RefusalMemory();

  constructor(dependencies: ThrottleDependencies) {
    this.#dependencies = { clock: Date.now, ...dependencies };
  }

  /**
   * Counts an attempt, looks the account up, and checks the password if the limits allow it.
   *
   * @throws {UnavailableError} and what the steps throw
   */
  async attempt<Found, Right, Wrong>(
    { username, address }: Claimant,
    { find, isKnown, check }: AttemptSteps<Found, Right, Wrong>,
  ): Promise<AttemptResult<Right, Wrong>> {
    const { counters, settings, clock } = this.#dependencies;
    const now = clock();
    const own = {
      at: now,
      network: networkOf(address),
      nonce: randomBytes(NONCE_BYTES).toString('base64url'),
    };
    const pairEnds = this.#memory.find(pairKey(username, own), now);
    if (pairEnds !== undefined) return throttled(pairEnds - now);

    const period = { network: own.network, ends: endOfPeriod(settings.network, now) };
    const networkWait = period.ends * 1000 - now;
    const attempt = new CountedAttempt({ counters, limits: settings }, username, own, period);
    let found: Found;
    let isNetworkFull = this.#memory.find(own.network, now) !== undefined;
    if (isNetworkFull) {
      found = await find();
      if (!isKnown(found)) return throttled(networkWait);
      await attempt.count(undefined, async () => {});
    } else {
      found = await attempt.count(settings.network.failures, find);
      isNetworkFull = !attempt.isCountedForNetwork;
      if (isNetworkFull) this.#memory.remember(own.network, period.ends * 1000);
    }

    const verdict = judge(attempt.log, own, settings, now);
    if (verdict.pairEnds !== undefined) this.#memory.remember(pairKey(username, own), verdict.pairEnds);
    const waitMs = waitOf(verdict, isNetworkFull ? networkWait : 0, isKnown(found));
    if (waitMs > 0) {
      await attempt.release();
      return throttled(waitMs);
    }
    try {
      if (!attempt.isCountedForNetwork) await attempt.countBeyondNetworkLimit();
      await attempt.prune();
      const checked = await check(found);
      return checked.kind === 'wrong' ? checked : { ...checked, forget: () => attempt.forget() };
    } catch (error) {
      await attempt.release();
      throw error;
    }
  }
}

/** A known network passes the limits that others can exhaust, as long as its prefix has failures left. */
function waitOf({ pair, account, prefix }: Verdict, network: number, isKnown: boolean): number {
  const others = Math.max(network, account);
  return Math.max(pair, isKnown ? Math.min(others, prefix) : others);
}

/** Periods begin at multiples of their length since 1970, so that a period is known without a read. */
const endOfPeriod = ({ seconds }: WindowLimit, now: number): number =>
  (Math.floor(now / (seconds * 1000)) + 1) * seconds;

const pairKey = (username: string, { network }: Attempt): string => `${network} ${username}`;

const throttled = (waitMs: number) => ({ kind: 'throttled', waitSeconds: Math.ceil(waitMs / 1000) }) as const;
