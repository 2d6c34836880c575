import { setTimeout as delay } from 'node:timers/promises';
import type { MonotonicClock } from './clock.ts';
import { UnavailableError } from './errors.ts';

/** How long a conditional write is retried while other writers change the same item, in milliseconds. */
export interface RetryLimit {
  /** Time after the first attempt during which further attempts start. */
  readonly withinMs: number;
  /** Upper bound of the first pause; it doubles with each attempt. */
  readonly firstPauseMs: number;
  /** Upper bound of every pause. */
  readonly maxPauseMs: number;
}

/** The sources of time and randomness for retries. */
export interface RetryTiming {
  readonly now: MonotonicClock;
  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

/**
 * A function times out after 10 seconds, and the work before a write, including password hashes, takes less than two.
 * With calls of 20 ms, fifty concurrent writers of one item finish in about two seconds.
 */
export const RETRY_LIMIT: RetryLimit = { withinMs: 6_000, firstPauseMs: 50, maxPauseMs: 1_000 };

const SYSTEM_TIMING: RetryTiming = {
  now: () => performance.now(),
  random: Math.random,
  pause: (milliseconds) => delay(milliseconds),
};

/**
 * Runs a step until it returns a value, with exponential backoff and full jitter between attempts. A step returns
 * `undefined` if its conditional write failed because another writer changed the item.
 *
 * The first attempt runs at once. A step must read the item itself, so that each attempt sees the state after the
 * pause.
 *
 * @param step receives the number of attempts before this one
 * @throws {UnavailableError} if the writes still conflict after the time limit
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function retryOnConflict<Value>(
  step: (attempt: number) => Promise<Value | undefined>,
  { now, random, pause }: RetryTiming = SYSTEM_TIMING,
  { withinMs, firstPauseMs, maxPauseMs }: RetryLimit = RETRY_LIMIT,
): Promise<Value> {
  const end = now() + withinMs;
  for (let attempt = 0; ; attempt += 1) {
    const value = await step(attempt);
    if (value !== undefined) return value;
    const left = end - now();
    if (left <= 0) throw new UnavailableError({ cause: new Error('too many write conflicts') });
    await pause(Math.min(random() * Math.min(maxPauseMs, firstPauseMs * 2 ** attempt), left));
  }
}
