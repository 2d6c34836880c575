import { toSeconds } from '../clock.ts';
import { UnavailableError } from '../errors.ts';
import { type Attempt, type AttemptLog, KEPT_MS, staleOf, type UsernameLimits } from './attempt-log.ts';

/** A network in one period of its limit. */
export interface NetworkPeriod {
  readonly network: string;
  /** The end of the period, in seconds since 1970. */
  readonly endSeconds: number;
}

/** Stores the attempts that count as failed. Each operation takes one call, or two if concurrent attempts conflict. */
export interface FailureCounters {
  /**
   * Counts an attempt for a network. If a response is lost, the SDK may count it twice.
   *
   * @param limit the attempt is not counted if this many are counted already; undefined means no limit
   * @returns whether it is counted
   * @throws {UnavailableError}
   */
  countForNetwork(period: NetworkPeriod, limit: number | undefined): Promise<boolean>;
  /** Subtracts an attempt from a network's count, at most once. @throws {UnavailableError} */
  releaseForNetwork(period: NetworkPeriod): Promise<void>;
  /**
   * Adds an attempt of a username. Returns all its stored attempts, including the new one.
   *
   * @param expiresSeconds when DynamoDB may delete the log, in seconds since 1970
   * @throws {UnavailableError}
   */
  add(username: string, attempt: Attempt, expiresSeconds: number): Promise<AttemptLog>;
  /**
   * Removes attempts of a username.
   *
   * @param expiresSecondsIfEmpty when DynamoDB may delete the log if no other attempts are stored, in seconds since
   *   1970; undefined if others are
   * @throws {UnavailableError}
   */
  remove(username: string, removed: AttemptLog, expiresSecondsIfEmpty: number | undefined): Promise<void>;
}

/** Stale attempts are removed when there are more than this. Removing them takes one call. */
const MAX_STALE = 32;

/** An attempt, and what counts it. */
export interface CountedAttemptParts {
  readonly counters: FailureCounters;
  readonly limits: UsernameLimits;
  readonly username: string;
  readonly own: Attempt;
  readonly period: NetworkPeriod;
}

/** Counts one attempt in all counters. */
export class CountedAttempt {
  readonly #parts: CountedAttemptParts;
  #isCountedForNetwork = false;
  #log: AttemptLog = { consecutive: [], recent: [] };

  constructor(parts: CountedAttemptParts) {
    this.#parts = parts;
  }

  /** The attempts of the username when this one was added; none before that. */
  get log(): AttemptLog {
    return this.#log;
  }

  /** Adds the attempt to those of its username. @throws {UnavailableError} */
  async add(): Promise<void> {
    const { counters, username, own } = this.#parts;
    this.#log = await counters.add(username, own, toSeconds(own.at + KEPT_MS));
  }

  /**
   * Adds the attempt to those of its username, in parallel with other work. Removes it if the work fails.
   *
   * @throws {UnavailableError} and the errors of the work
   */
  async addDuring<Result>(work: () => Promise<Result>): Promise<Result> {
    const adding = this.add();
    const result = work();
    await Promise.allSettled([adding, result]);
    await adding;
    try {
      return await result;
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  /** Counts the attempt for its network. Returns false if the limit is reached. @throws {UnavailableError} */
  async countForNetwork(limit: number): Promise<boolean> {
    const { counters, period } = this.#parts;
    this.#isCountedForNetwork = await counters.countForNetwork(period, limit);
    return this.#isCountedForNetwork;
  }

  /** Counts a wrong password for a network whose limit does not apply to it. A lost one still counts for its username. */
  async countFailureForNetwork(): Promise<void> {
    const { counters, period } = this.#parts;
    await bestEffort([counters.countForNetwork(period, undefined)]);
  }

  /** Removes stale attempts if there are many. */
  async prune(): Promise<void> {
    const { consecutive, recent } = staleOf(this.#log, this.#parts.limits, this.#parts.own.at);
    if (consecutive.length + recent.length > MAX_STALE) await bestEffort([this.#remove()]);
  }

  /** Stops counting the attempt: the password was not checked. */
  async release(): Promise<void> {
    const isOwn = ({ nonce }: Attempt) => nonce === this.#parts.own.nonce;
    await bestEffort([this.#remove(isOwn, isOwn), this.#releaseForNetwork()]);
  }

  /** The password was correct: removes the attempt, all consecutive failures, and the recent ones from its network. */
  async forget(): Promise<void> {
    const isFromNetwork = ({ network }: Attempt) => network === this.#parts.own.network;
    await bestEffort([this.#remove(() => true, isFromNetwork), this.#releaseForNetwork()]);
  }

  async #releaseForNetwork(): Promise<void> {
    const { counters, period } = this.#parts;
    if (!this.#isCountedForNetwork) return;
    this.#isCountedForNetwork = false;
    await counters.releaseForNetwork(period);
  }

  /** Removes stale attempts, and those that one of the conditions selects. */
  async #remove(
    isConsecutiveRemoved = (_: Attempt) => false,
    isRecentRemoved = (_: Attempt) => false,
  ): Promise<void> {
    const { counters, limits, username, own } = this.#parts;
    const { consecutive, recent } = this.#log;
    // The attempt was not added.
    if (recent.length === 0) return;
    const stale = staleOf(this.#log, limits, own.at);
    const removed = {
      consecutive: consecutive.filter((one) => isConsecutiveRemoved(one) || stale.consecutive.includes(one)),
      recent: recent.filter((one) => isRecentRemoved(one) || stale.recent.includes(one)),
    };
    const isEmpty =
      removed.consecutive.length === consecutive.length && removed.recent.length === recent.length;
    const expiresSeconds = isEmpty ? toSeconds(own.at) + limits.pair.seconds : undefined;
    await counters.remove(username, removed, expiresSeconds);
  }
}

/** Waits for writes. An attempt that cannot be removed still counts as failed, which errs on the safe side. */
async function bestEffort(writes: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(writes)) {
    if (result.status === 'rejected' && !(result.reason instanceof UnavailableError)) throw result.reason;
  }
}
