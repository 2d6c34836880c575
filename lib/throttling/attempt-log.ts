import { knownPrefixOf } from './network.ts';

/** One attempt at a password, counted as failed until it is removed. */
export interface Attempt {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly network: string;
  /** Session id of the token that the client presents, which names the username; undefined without one. */
  readonly device: string | undefined;
  /** Random; tells attempts apart. */
  readonly nonce: string;
}

/** The attempts of one username that count as failed. */
export interface AttemptLog {
  /** Attempts since the last right password, from any network. */
  readonly consecutive: readonly Attempt[];
  /** Attempts that count for the limit of username and network. A right password removes those of its own network only. */
  readonly recent: readonly Attempt[];
}

/** How many failures are allowed in a period. */
export interface WindowLimit {
  readonly failures: number;
  readonly seconds: number;
}

/** Limits of one username. */
export interface UsernameLimits {
  /** Of one username from one network. */
  readonly pair: WindowLimit;
  /** Consecutive failures of one username, from any network, before attempts are delayed. */
  readonly accountFailures: number;
}

/** Waiting times of an attempt, in milliseconds; 0 if the limit allows it. */
export interface Verdict {
  /** Because of the failures of its username and network. */
  readonly pair: number;
  /**
   * Until when every attempt of username and network is refused, in milliseconds since 1970; undefined if an attempt that has
   * not ended may be removed before that.
   */
  readonly pairEndMs: number | undefined;
  /** Because of the consecutive failures of its username. */
  readonly account: number;
  /** Because of the failures of its username from the prefix of its network. */
  readonly prefix: number;
  /** Because of the failures of its device. An attempt without a device has none to allow it. */
  readonly device: number;
}

const FIRST_DELAY_MS = 30_000;
const MAX_DELAY_MS = 3_600_000;
/** How long consecutive failures are kept after the last one. */
export const KEPT_MS = 30 * 86_400_000;
/** Consecutive failures kept beyond the limit: more do not change the delay, which has its maximum by then. */
const KEPT_BEYOND_LIMIT = 9;
/** An attempt that is older has ended: a function ends after 10 seconds. */
const MAX_ATTEMPT_MS = 15_000;

/**
 * Judges an attempt by the others in the log that held it first. Attempts that were refused themselves, and are about to be
 * removed, do not count.
 *
 * The attempt after the last allowed one is not delayed. Each one after that waits for 30 seconds after the latest, twice as
 * long each time, up to an hour.
 *
 * @param nowMs milliseconds since 1970
 */
export function judge(log: AttemptLog, own: Attempt, limits: UsernameLimits, nowMs: number): Verdict {
  const others = without(log, new Set([own.nonce]));
  const recent = admittedOf(others.recent, limits.pair);
  const pair = recent.filter(({ network }) => network === own.network);
  const prefix = knownPrefixOf(own.network);
  const full = windowOf(pair, limits.pair, nowMs);
  const isCertain =
    full.length >= limits.pair.failures && full.every(({ at }) => at <= nowMs - MAX_ATTEMPT_MS);
  return {
    pair: windowWait(pair, limits.pair, nowMs),
    pairEndMs: isCertain && full[0] ? full[0].at + limits.pair.seconds * 1000 : undefined,
    account: Math.max(0, countConsecutive(others, limits, nowMs).delayedUntil - nowMs),
    prefix: windowWait(
      recent.filter(({ network }) => knownPrefixOf(network) === prefix),
      limits.pair,
      nowMs,
    ),
    device:
      own.device === undefined
        ? Number.POSITIVE_INFINITY
        : windowWait(
            recent.filter(({ device }) => device === own.device),
            limits.pair,
            nowMs,
          ),
  };
}

/** Finds attempts that no verdict depends on any more. */
export function staleOf(log: AttemptLog, limits: UsernameLimits, nowMs: number): AttemptLog {
  const { counted } = countConsecutive(log, limits, nowMs);
  const kept = counted.slice(-limits.accountFailures - KEPT_BEYOND_LIMIT);
  return {
    consecutive: without(log, noncesOf(kept)).consecutive,
    recent: without(log, noncesOf(windowOf(log.recent, limits.pair, nowMs))).recent,
  };
}

/** Counts consecutive failures, in order. Those made during a delay were refused, or come from a known network or device. */
function countConsecutive({ consecutive, recent }: AttemptLog, limits: UsernameLimits, nowMs: number) {
  const admitted = noncesOf(admittedOf(recent, limits.pair));
  const refused = noncesOf(recent.filter(({ nonce }) => !admitted.has(nonce)));
  const counted: Attempt[] = [];
  let delayedUntil = 0;
  for (const attempt of lastingOf(consecutive, nowMs)) {
    if (refused.has(attempt.nonce) || attempt.at < delayedUntil) continue;
    const extra = counted.push(attempt) - limits.accountFailures - 1;
    if (extra >= 0) delayedUntil = attempt.at + Math.min(FIRST_DELAY_MS * 2 ** extra, MAX_DELAY_MS);
  }
  return { counted, delayedUntil };
}

/** Finds the attempts that the limit of username and network allowed, or that of their device. */
function admittedOf(recent: readonly Attempt[], limit: WindowLimit): readonly Attempt[] {
  const admitted: Attempt[] = [];
  for (const attempt of byTime(recent)) {
    const isAllowedBy = (key: 'network' | 'device') =>
      windowWait(
        admitted.filter((before) => before[key] === attempt[key]),
        limit,
        attempt.at,
      ) === 0;
    if (isAllowedBy('network') || (attempt.device !== undefined && isAllowedBy('device')))
      admitted.push(attempt);
  }
  return admitted;
}

/** Returns consecutive failures in order, without those that are forgotten because none followed in time. */
function lastingOf(attempts: readonly Attempt[], nowMs: number): readonly Attempt[] {
  const ordered = byTime(attempts);
  const lastForgotten = ordered.findLastIndex(
    ({ at }, index) => (ordered[index + 1]?.at ?? nowMs) - at >= KEPT_MS,
  );
  return ordered.slice(lastForgotten + 1);
}

/** Time until fewer than the limit's number are left in the period. */
function windowWait(attempts: readonly Attempt[], limit: WindowLimit, nowMs: number): number {
  const blocking = windowOf(attempts, limit, nowMs).at(-limit.failures);
  return blocking === undefined ? 0 : blocking.at + limit.seconds * 1000 - nowMs;
}

const windowOf = (
  attempts: readonly Attempt[],
  { seconds }: WindowLimit,
  nowMs: number,
): readonly Attempt[] => byTime(attempts.filter(({ at }) => at > nowMs - seconds * 1000));

function without({ consecutive, recent }: AttemptLog, nonces: ReadonlySet<string>): AttemptLog {
  const isLeft = ({ nonce }: Attempt) => !nonces.has(nonce);
  return { consecutive: consecutive.filter(isLeft), recent: recent.filter(isLeft) };
}

const noncesOf = (attempts: readonly Attempt[]): ReadonlySet<string> =>
  new Set(attempts.map(({ nonce }) => nonce));

const byTime = (attempts: readonly Attempt[]): readonly Attempt[] =>
  attempts.toSorted((one, other) => one.at - other.at);
