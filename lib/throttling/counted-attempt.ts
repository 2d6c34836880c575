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

export interface CountedAttemptDependencies {
  readonly counters: FailureCounters;
  readonly limits: UsernameLimits;
}

/** Counts one attempt in all counters. */
export class CountedAttempt {
  readonly #dependencies: CountedAttemptDependencies;
  readonly #username: string;
  readonly #own: Attempt;
  readonly #period: NetworkPeriod;
  #isCountedForNetwork = false;
  #log: AttemptLog | undefined;

  constructor(
    dependencies: CountedAttemptDependencies,
    username: string,
    own: Attempt,
    period: NetworkPeriod,
  ) {
    this.#dependencies = dependencies;
    this.#username = username;
    this.#own = own;
    this.#period = period;
  }

  /** Whether the limit of the network allowed the attempt. */
  get isCountedForNetwork(): boolean {
    return this.#isCountedForNetwork;
  }

  /** The attempts of the username when this one was added. */
  get log(): AttemptLog {
    return this.#log ?? { consecutive: [], recent: [] };
  }

  /**
   * Counts the attempt for its network and username, in parallel with other work. Releases the attempt if any of them
   * fails.
   *
   * @throws {UnavailableError} and the errors of the work
   */
  async count<Result>(networkLimit: number | undefined, work: () => Promise<Result>): Promise<Result> {
    const { counters } = this.#dependencies;
    const expiresSeconds = toSeconds(this.#own.at + KEPT_MS);
    const [network, log, result] = await Promise.allSettled([
      counters.countForNetwork(this.#period, networkLimit),
      counters.add(this.#username, this.#own, expiresSeconds),
      work(),
    ]);
    if (network.status === 'fulfilled') this.#isCountedForNetwork = network.value;
    if (log.status === 'fulfilled') this.#log = log.value;
    for (const one of [network, log, result]) {
      if (one.status === 'fulfilled') continue;
      await this.release();
      throw one.reason;
    }
    // A rejection was thrown above; this is for the type checker.
    return result.status === 'fulfilled' ? result.value : Promise.reject(result.reason);
  }

  /** Counts the attempt for a network whose limit is reached. @throws {UnavailableError} */
  async countBeyondNetworkLimit(): Promise<void> {
    this.#isCountedForNetwork = await this.#dependencies.counters.countForNetwork(this.#period, undefined);
  }

  /** Removes stale attempts if there are many. */
  async prune(): Promise<void> {
    const stale = this.#stale();
    if (stale.consecutive.length + stale.recent.length > MAX_STALE) await bestEffort([this.#remove(stale)]);
  }

  /** Stops counting the attempt: the password was not checked. */
  async release(): Promise<void> {
    await this.#end({ consecutive: [this.#own], recent: [this.#own] });
  }

  /** The password was correct: removes the attempt, all consecutive failures, and the recent ones from its network. */
  async forget(): Promise<void> {
    const { consecutive, recent } = this.log;
    await this.#end({ consecutive, recent: recent.filter(({ network }) => network === this.#own.network) });
  }

  /** Removes attempts. An attempt that cannot be removed still counts as failed, which errs on the safe side. */
  async #end({ consecutive, recent }: AttemptLog): Promise<void> {
    const { counters } = this.#dependencies;
    const stale = this.#stale();
    const removed = {
      consecutive: [...new Set([...consecutive, ...stale.consecutive])],
      recent: [...new Set([...recent, ...stale.recent])],
    };
    await bestEffort([
      ...(this.#log ? [this.#remove(removed)] : []),
      ...(this.#isCountedForNetwork ? [counters.releaseForNetwork(this.#period)] : []),
    ]);
  }

  #remove(removed: AttemptLog): Promise<void> {
    const { counters, limits } = this.#dependencies;
    const { consecutive, recent } = this.log;
    const isEmpty =
      removed.consecutive.length === consecutive.length && removed.recent.length === recent.length;
    const expiresSeconds = isEmpty ? toSeconds(this.#own.at) + limits.pair.seconds : undefined;
    return counters.remove(this.#username, removed, expiresSeconds);
  }

  #stale(): AttemptLog {
    return staleOf(this.log, this.#dependencies.limits, this.#own.at);
  }
}

async function bestEffort(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected' && !(result.reason instanceof UnavailableError)) throw result.reason;
  }
}
