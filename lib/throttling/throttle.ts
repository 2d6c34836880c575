import { createHash } from 'node:crypto';
import { ThrottledError, UnavailableError } from '../errors.ts';
import { networkOf } from './network.ts';

/** How many failures are let through in a stretch of time. */
export interface WindowLimit {
  readonly failures: number;
  readonly seconds: number;
}

/** Failures in a row after which the next has to wait, ever longer. */
export interface DelayRule {
  /** How many are free. */
  readonly free: number;
  /** How long a counter is kept after its last failure, in seconds. */
  readonly keptSeconds: number;
  /** How long to wait after so many failures in a row beyond the free ones, in seconds. */
  delayAfter(extra: number): number;
}

/** A failure that was counted before it happened. Times in seconds since 1970. */
export interface Counted {
  /** When the count that it is part of began. */
  readonly begun: number;
  /** Until when it makes the next one wait. */
  readonly delayedUntil?: number;
}

/** A failure that is not let through: for how many seconds. */
export interface Refused {
  readonly waitSeconds: number;
}

/** Counters of failures, by key. Times in whole seconds since 1970. */
export interface FailureCounters {
  /** Counts one more in the window that began with the first, unless it is full. @throws {UnavailableError} */
  countInWindow(key: string, limit: WindowLimit, now: number): Promise<Counted | Refused>;
  /**
   * Counts one more in a row, unless it has to wait. One beyond the free ones, which makes the next one wait, is counted
   * only if it is let through elsewhere.
   *
   * @throws {UnavailableError}
   */
  countInRow(
    key: string,
    rule: DelayRule,
    now: number,
    isLetThrough: Promise<boolean>,
  ): Promise<Counted | Refused>;
  /** Takes back one that did not happen, with the delay it made, while its count lasts. @throws {UnavailableError} */
  takeBack(key: string, counted: Counted): Promise<void>;
  /** Begins anew. @throws {UnavailableError} */
  reset(key: string, now: number): Promise<void>;
}

export interface ThrottleSettings {
  /** Of one username from one network. */
  readonly pair: WindowLimit;
  /** Of one network, whatever the username. */
  readonly network: WindowLimit;
  /** Of one username from anywhere, in a row. */
  readonly accountFailures: number;
}

export interface ThrottleDependencies {
  readonly counters: FailureCounters;
  readonly settings: ThrottleSettings;
  /** Seconds since 1970, whole. */
  readonly clock?: () => number;
}

const FIRST_DELAY_S = 30;
const MAX_DELAY_S = 3600;
const ROW_KEPT_S = 30 * 86_400;

/** An attempt that is counted as failed until it is known not to be. */
export interface Reservation {
  /**
   * Lets the attempt go on once it is counted for its network and its account, too, unless the network has too many or
   * the account has to wait and the place is not known to it.
   *
   * @throws {ThrottledError}
   * @throws {UnavailableError}
   */
  admit(isKnownPlace: boolean): Promise<void>;
  /** The password was right: nothing of this username from this network, or in a row, has failed. */
  succeeded(): Promise<void>;
  /** Nothing was found out: what was counted is taken back. */
  released(): Promise<void>;
}

/**
 * Counts wrong passwords before they are tried, so that those tried at once cannot slip through.
 *
 * @see NIST SP 800-63B-4 §3.2.2 (at most 100 in a row), OWASP ASVS 5.0, 6.3.1
 */
export class Throttle {
  readonly #dependencies: Required<ThrottleDependencies>;

  constructor(dependencies: ThrottleDependencies) {
    this.#dependencies = { clock: () => Math.floor(Date.now() / 1000), ...dependencies };
  }

  /**
   * Counts an attempt of a username from an address as failed. The account may be looked up meanwhile.
   *
   * @throws {ThrottledError} where there were too many from there
   * @throws {UnavailableError}
   */
  async reserve(username: string, address: string | undefined): Promise<Reservation> {
    const { counters, settings, clock } = this.#dependencies;
    const now = clock();
    const network = networkOf(address);
    const keys = {
      pair: `PAIR#${digest(username)}#${network}`,
      network: `NETWORK#${network}`,
      account: `ACCOUNT#${digest(username)}`,
    };
    const pair = await counters.countInWindow(keys.pair, settings.pair, now);
    // Most attempts that are too many end here, at the cost of one counter.
    if (isRefused(pair)) throw new ThrottledError(pair.waitSeconds);
    const rule: DelayRule = { free: settings.accountFailures, keptSeconds: ROW_KEPT_S, delayAfter };
    const ofNetwork = counters.countInWindow(keys.network, settings.network, now);
    const isLetThrough = ofNetwork.then(
      (result) => !isRefused(result),
      () => false,
    );
    const inRow = counters.countInRow(keys.account, rule, now, isLetThrough);
    // They go on while the account is looked up; whoever asks for them is told where one failed.
    void Promise.allSettled([ofNetwork, inRow]);
    const takeBack = async (key: string, counting: Promise<Counted | Refused>) => {
      const result = await counting;
      if (!isRefused(result)) await counters.takeBack(key, result);
    };
    return {
      admit: async (isKnownPlace) => {
        const [network, row] = await Promise.all([ofNetwork, inRow]);
        if (isRefused(network)) throw new ThrottledError(network.waitSeconds);
        if (isRefused(row) && !isKnownPlace) throw new ThrottledError(row.waitSeconds);
      },
      succeeded: () =>
        bestEffort([
          counters.reset(keys.pair, now),
          counters.reset(keys.account, now),
          takeBack(keys.network, ofNetwork),
        ]),
      released: () =>
        bestEffort([
          counters.takeBack(keys.pair, pair),
          takeBack(keys.network, ofNetwork),
          takeBack(keys.account, inRow),
        ]),
    };
  }
}

/** Half a minute, and twice as long each time, up to an hour. */
const delayAfter = (extra: number): number => Math.min(FIRST_DELAY_S * 2 ** extra, MAX_DELAY_S);

const digest = (username: string): string => createHash('sha256').update(username).digest('base64url');

const isRefused = (result: Counted | Refused): result is Refused => 'waitSeconds' in result;

/** Runs what makes counters smaller. Where one cannot be reached it stays too large, which is the safe side. */
async function bestEffort(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected' && !(result.reason instanceof UnavailableError)) throw result.reason;
  }
}
