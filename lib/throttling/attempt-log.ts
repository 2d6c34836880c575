import { knownPrefixOf } from './network.ts';

/** One password attempt, counted as failed until it is removed. */
export interface Attempt {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly network: string;
  /** The device whose token the client presents, if it presents one (`deviceIdOf`). The token names the same user. */
  readonly device: string | undefined;
  /** Random value that identifies the attempt. */
  readonly nonce: string;
}

/** The attempts of one username that count as failed. */
export interface AttemptLog {
  /** Attempts since the last correct password, from any network. */
  readonly consecutive: readonly Attempt[];
  /**
   * Attempts that count towards the limit per username and network. A correct password removes only those from its own
   * network.
   */
  readonly recent: readonly Attempt[];
}

/** The number of failures that are allowed in a period. */
export interface WindowLimit {
  readonly failures: number;
  readonly seconds: number;
}

/** Limits of one username. */
export interface UsernameLimits {
  /** Limit per username and network. */
  readonly pair: WindowLimit;
  /** Consecutive failures of one username, from any network, before attempts are delayed. */
  readonly accountFailures: number;
}

/** The time until each limit allows an attempt, in milliseconds; 0 if it is allowed. */
export interface Verdict {
  /** By failures with the same username and network. */
  readonly pair: number;
  /**
   * Time until which every attempt with this username and network is refused, in milliseconds since 1970. Undefined if
   * an attempt in progress may still be removed before that.
   */
  readonly pairEndMs: number | undefined;
  /** By consecutive failures of the username. */
  readonly account: number;
  /** By failures of the username from the prefix of its network. */
  readonly prefix: number;
  /** By failures of the device, those of a period and consecutive ones. Infinite for an attempt without a device. */
  readonly device: number;
}

const FIRST_DELAY_MS = 30_000;
const MAX_DELAY_MS = 3_600_000;
/** How long consecutive failures are kept after the last one, in milliseconds. */
export const KEPT_MS = 30 * 86_400_000;
/** Consecutive failures that are kept beyond the limit. The delay has reached its maximum by then. */
const KEPT_BEYOND_LIMIT = 9;
/** Attempts older than this have ended, because a function times out after 10 seconds. */
const MAX_ATTEMPT_MS = 15_000;

/**
 * Judges an attempt by the other attempts in the log. Attempts that were refused, but are not removed yet, do not
 * count.
 *
 * After the allowed number of consecutive failures, each attempt has to wait after the one before it: 30 seconds at first,
 * then twice as long each time, up to an hour.
 *
 * @param nowMs milliseconds since 1970
 */
export function judge(log: AttemptLog, own: Attempt, limits: UsernameLimits, nowMs: number): Verdict {
  const isOther = ({ nonce }: Attempt) => nonce !== own.nonce;
  const others = { consecutive: log.consecutive.filter(isOther), recent: log.recent.filter(isOther) };
  const { consecutive, recent } = admittedOf(others, limits.pair);
  const prefix = knownPrefixOf(own.network);
  const isOfDevice = ({ device }: Attempt) => device === own.device;
  const ofPair = windowOf(
    recent.filter(({ network }) => network === own.network),
    limits.pair,
    nowMs,
  );
  const isCertain =
    ofPair.length >= limits.pair.failures && ofPair.every(({ at }) => at <= nowMs - MAX_ATTEMPT_MS);
  return {
    pair: windowWait(ofPair, limits.pair, nowMs),
    pairEndMs: isCertain && ofPair[0] ? ofPair[0].at + limits.pair.seconds * 1000 : undefined,
    account: delayOf(consecutive, limits, nowMs),
    prefix: windowWait(
      recent.filter(({ network }) => knownPrefixOf(network) === prefix),
      limits.pair,
      nowMs,
    ),
    device:
      own.device === undefined
        ? Number.POSITIVE_INFINITY
        : Math.max(
            windowWait(recent.filter(isOfDevice), limits.pair, nowMs),
            delayOf(consecutive.filter(isOfDevice), limits, nowMs),
          ),
  };
}

/** Returns the attempts that no longer affect a verdict. */
export function staleOf(log: AttemptLog, limits: UsernameLimits, nowMs: number): AttemptLog {
  const { consecutive } = admittedOf(log, limits.pair);
  const devices = new Set(consecutive.flatMap(({ device }) => device ?? []));
  const ofDevices = [...devices].map((device) => consecutive.filter((one) => one.device === device));
  const kept = [consecutive, ...ofDevices].flatMap((attempts) =>
    countConsecutive(attempts, limits, nowMs).counted.slice(-limits.accountFailures - KEPT_BEYOND_LIMIT),
  );
  const inWindow = windowOf(log.recent, limits.pair, nowMs);
  return {
    consecutive: log.consecutive.filter((one) => !kept.includes(one)),
    recent: log.recent.filter((one) => !inWindow.includes(one)),
  };
}

/** Returns the time until consecutive failures allow a further attempt, in milliseconds. */
const delayOf = (consecutive: readonly Attempt[], limits: UsernameLimits, nowMs: number): number =>
  Math.max(0, countConsecutive(consecutive, limits, nowMs).delayedUntil - nowMs);

/**
 * Counts consecutive failures by time. Omits those made during a delay: they were refused, or came from a known network
 * or device. Counts from zero after {@link KEPT_MS} without a failure.
 */
function countConsecutive(consecutive: readonly Attempt[], limits: UsernameLimits, nowMs: number) {
  const lastExpired = consecutive.findLastIndex(
    ({ at }, index) => (consecutive[index + 1]?.at ?? nowMs) - at >= KEPT_MS,
  );
  const counted: Attempt[] = [];
  let delayedUntil = 0;
  for (const attempt of consecutive.slice(lastExpired + 1)) {
    if (attempt.at < delayedUntil) continue;
    const extra = counted.push(attempt) - limits.accountFailures;
    if (extra >= 0) delayedUntil = attempt.at + Math.min(FIRST_DELAY_MS * 2 ** extra, MAX_DELAY_MS);
  }
  return { counted, delayedUntil };
}

/** Returns the attempts by time, without those that neither the limit of their network nor that of their device allowed. */
function admittedOf({ consecutive, recent }: AttemptLog, limit: WindowLimit): AttemptLog {
  const admitted: Attempt[] = [];
  const refused = new Set<string>();
  for (const attempt of byTime(recent)) {
    const isAllowedBy = (key: 'network' | 'device') =>
      attempt[key] !== undefined &&
      windowWait(
        admitted.filter((before) => before[key] === attempt[key]),
        limit,
        attempt.at,
      ) === 0;
    if (isAllowedBy('network') || isAllowedBy('device')) admitted.push(attempt);
    else refused.add(attempt.nonce);
  }
  return { consecutive: byTime(consecutive).filter(({ nonce }) => !refused.has(nonce)), recent: admitted };
}

/** Returns the time until the period contains fewer attempts than the limit, in milliseconds. @param attempts by time */
function windowWait(attempts: readonly Attempt[], limit: WindowLimit, nowMs: number): number {
  const blocking = windowOf(attempts, limit, nowMs).at(-limit.failures);
  return blocking === undefined ? 0 : blocking.at + limit.seconds * 1000 - nowMs;
}

const windowOf = (attempts: readonly Attempt[], { seconds }: WindowLimit, nowMs: number) =>
  attempts.filter(({ at }) => at > nowMs - seconds * 1000);

const byTime = (attempts: readonly Attempt[]): readonly Attempt[] =>
  attempts.toSorted((one, other) => one.at - other.at);
