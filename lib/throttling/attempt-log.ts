import { knownPrefixOf } from './network.ts';

/** One password attempt, counted as failed until it is removed. */
export interface Attempt {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly network: string;
  /** Session id of the token that the client presents, if it presents one. The token names the same user. */
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
  /** By failures of the device: those of a period, and consecutive ones. Infinite for an attempt without a device. */
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
  const others = without(log, new Set([own.nonce]));
  const recent = admittedOf(others.recent, limits.pair);
  const consecutive = consecutiveOf(others, limits.pair);
  const isOfDevice = ({ device }: Attempt) => device === own.device;
  const pair = recent.filter(({ network }) => network === own.network);
  const prefix = knownPrefixOf(own.network);
  const full = windowOf(pair, limits.pair, nowMs);
  const isCertain =
    full.length >= limits.pair.failures && full.every(({ at }) => at <= nowMs - MAX_ATTEMPT_MS);
  return {
    pair: windowWait(pair, limits.pair, nowMs),
    pairEndMs: isCertain && full[0] ? full[0].at + limits.pair.seconds * 1000 : undefined,
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
  const consecutive = consecutiveOf(log, limits.pair);
  const devices = new Set(consecutive.flatMap(({ device }) => device ?? []));
  const kept = [
    consecutive,
    ...[...devices].map((device) => consecutive.filter((one) => one.device === device)),
  ].flatMap((attempts) =>
    countConsecutive(attempts, limits, nowMs).counted.slice(-limits.accountFailures - KEPT_BEYOND_LIMIT),
  );
  return {
    consecutive: without(log, noncesOf(kept)).consecutive,
    recent: without(log, noncesOf(windowOf(log.recent, limits.pair, nowMs))).recent,
  };
}

/** Returns consecutive failures without attempts that were refused by the limits of a period. */
function consecutiveOf({ consecutive, recent }: AttemptLog, limit: WindowLimit): readonly Attempt[] {
  const admitted = noncesOf(admittedOf(recent, limit));
  const refused = noncesOf(recent.filter(({ nonce }) => !admitted.has(nonce)));
  return consecutive.filter(({ nonce }) => !refused.has(nonce));
}

/** Returns the time until consecutive failures allow a further attempt, in milliseconds. */
const delayOf = (consecutive: readonly Attempt[], limits: UsernameLimits, nowMs: number): number =>
  Math.max(0, countConsecutive(consecutive, limits, nowMs).delayedUntil - nowMs);

/**
 * Counts consecutive failures by time. Omits those made during a delay: they were refused, or came from a known network
 * or device.
 */
function countConsecutive(consecutive: readonly Attempt[], limits: UsernameLimits, nowMs: number) {
  const counted: Attempt[] = [];
  let delayedUntil = 0;
  for (const attempt of withoutExpired(consecutive, nowMs)) {
    if (attempt.at < delayedUntil) continue;
    const extra = counted.push(attempt) - limits.accountFailures;
    if (extra >= 0) delayedUntil = attempt.at + Math.min(FIRST_DELAY_MS * 2 ** extra, MAX_DELAY_MS);
  }
  return { counted, delayedUntil };
}

/** Returns the attempts that were allowed by the limit per username and network, or by the limit of their device. */
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

/** Returns consecutive failures by time. Omits those that were followed by none for {@link KEPT_MS}. */
function withoutExpired(attempts: readonly Attempt[], nowMs: number): readonly Attempt[] {
  const ordered = byTime(attempts);
  const lastExpired = ordered.findLastIndex(
    ({ at }, index) => (ordered[index + 1]?.at ?? nowMs) - at >= KEPT_MS,
  );
  return ordered.slice(lastExpired + 1);
}

/** Returns the time until the period contains fewer attempts than the limit, in milliseconds. */
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
