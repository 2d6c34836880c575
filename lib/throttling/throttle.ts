import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Attempt, judge, type UsernameLimits, type Verdict, type WindowLimit } from './attempt-log.ts';
import { CountedAttempt, type FailureCounters } from './counted-attempt.ts';
import { networkOf } from './network.ts';
import { RefusalMemory } from './refusal-memory.ts';

export interface ThrottleSettings extends UsernameLimits {
  /** Limit per network, for all usernames together. */
  readonly network: WindowLimit;
}

export interface ThrottleDependencies {
  readonly counters: FailureCounters;
  readonly settings: ThrottleSettings;
  readonly clock: Clock;
}

/** The username that a client claims, and what identifies the client. */
export interface Claimant {
  readonly username: string;
  readonly address: string | undefined;
  /** The device whose token the client presents. The caller has verified the signature and the username of the token. */
  readonly device: string | undefined;
}

/** The properties of a claimant that an account recognizes. */
export interface Recognition {
  /** Whether the account has logged in from the prefix of the claimant's network. */
  readonly network: boolean;
  /** Whether the presented token belongs to a session of the account that has not ended. */
  readonly device: boolean;
}

/** The result of a password check. */
export type Checked<Right, Wrong> =
  | { readonly kind: 'right'; readonly value: Right }
  | { readonly kind: 'wrong'; readonly refusal: Wrong };

/** The steps of an attempt that the caller provides. If a step throws, the attempt is not counted. */
export interface AttemptSteps<Found, Right, Wrong> {
  /** Looks the account up. Runs while the attempt is counted for its username. */
  find(): Promise<Found>;
  /** Returns the properties of the claimant that the account recognizes. */
  recognize(found: Found): Recognition;
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
      /** Removes the attempt and the failures before it. Run it in parallel with the write that follows. */
      forget(): Promise<void>;
    };

const NONCE_BYTES = 9;

/**
 * Limits wrong passwords. An attempt counts as failed before its password is checked, so that concurrent attempts do not
 * exceed a limit. It counts for its network afterwards, and only if it fails, where the limit of the network does not apply.
 *
 * @see docs/decisions/018-throttling-in-two-rounds.md, 034-exempt-attempts-are-counted-for-the-network-if-they-fail.md
 * @see NIST SP 800-63B-4 §3.2.2 (at most 100 consecutive failures), OWASP ASVS 5.0, 6.3.1
 */
export class Throttle {
  readonly #dependencies: ThrottleDependencies;
  readonly #memory = new RefusalMemory();

  constructor(dependencies: ThrottleDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Counts an attempt, looks the account up, and checks the password if the limits allow it.
   *
   * @throws {UnavailableError} and the errors of the steps
   */
  async attempt<Found, Right, Wrong>(
    { username, address, device }: Claimant,
    { find, recognize, check }: AttemptSteps<Found, Right, Wrong>,
  ): Promise<AttemptResult<Right, Wrong>> {
    const { counters, settings, clock } = this.#dependencies;
    const nowMs = clock();
    const own = {
      at: nowMs,
      network: networkOf(address),
      device,
      nonce: randomBytes(NONCE_BYTES).toString('base64url'),
    };
    const pairEndMs = this.#memory.find(pairKey(username, own), nowMs);
    if (pairEndMs !== undefined && device === undefined) return throttled(pairEndMs - nowMs);

    const period = { network: own.network, endSeconds: endOfPeriod(settings.network, nowMs) };
    const periodEndMs = period.endSeconds * 1000;
    const attempt = new CountedAttempt({ counters, limits: settings, username, own, period });
    let isNetworkFull = this.#memory.find(own.network, nowMs) !== undefined;
    const found = isNetworkFull ? await find() : await attempt.addDuring(find);
    let isExempt: boolean;
    let checked: Checked<Right, Wrong>;
    try {
      const recognition = recognize(found);
      if (isNetworkFull) {
        if (!recognition.network && !recognition.device) return throttled(periodEndMs - nowMs);
        await attempt.add();
      }
      const verdict = judge(attempt.log, own, settings, nowMs);
      isExempt = isExemptFromOthers(verdict, recognition);
      if (!isNetworkFull && !isExempt) {
        isNetworkFull = !(await attempt.countForNetwork(settings.network.failures));
        if (isNetworkFull) this.#memory.remember(own.network, periodEndMs);
      }
      if (verdict.pairEndMs !== undefined) this.#memory.remember(pairKey(username, own), verdict.pairEndMs);
      const waitMs = waitOf(verdict, isNetworkFull ? periodEndMs - nowMs : 0, recognition);
      if (waitMs > 0) {
        await attempt.release();
        return throttled(waitMs);
      }
      await attempt.prune();
      checked = await check(found);
    } catch (error) {
      await attempt.release();
      throw error;
    }
    if (checked.kind === 'wrong') {
      if (isExempt) await attempt.countFailureForNetwork();
      return checked;
    }
    // While a refusal is cached, only a known device gets here. Other execution environments keep their cached
    // refusal.
    this.#memory.forget(pairKey(username, own));
    return { ...checked, forget: () => attempt.forget() };
  }
}

/**
 * Returns whether an attempt is exempt from the limits that others can exhaust: that of its network, for all usernames, and
 * that of its username, from all networks. A known network is exempt as long as its prefix is under its own limit, and a
 * known device as long as it is under its own limit.
 *
 * @see https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
const isExemptFromOthers = (verdict: Verdict, { network, device }: Recognition): boolean =>
  (network && verdict.prefix === 0) || (device && verdict.device === 0);

/** Combines the limits. A known device is exempt from all limits but its own. */
function waitOf(verdict: Verdict, fullNetworkMs: number, { network, device }: Recognition): number {
  const others = Math.max(fullNetworkMs, verdict.account);
  const wait = Math.max(verdict.pair, network ? Math.min(others, verdict.prefix) : others);
  return device ? Math.min(wait, verdict.device) : wait;
}

/** Periods start at multiples of their length since 1970, so that the current period is known without a read. */
const endOfPeriod = ({ seconds }: WindowLimit, nowMs: number): number =>
  (Math.floor(nowMs / (seconds * 1000)) + 1) * seconds;

const pairKey = (username: string, { network }: Attempt): string => `${network} ${username}`;

const throttled = (waitMs: number) => ({ kind: 'throttled', waitSeconds: Math.ceil(waitMs / 1000) }) as const;
