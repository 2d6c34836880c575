import { setTimeout as delay } from 'node:timers/promises';
import type { MonotonicClock } from './clock.ts';
import { UnavailableError } from './errors.ts';

/** The sources of time and randomness for retries. */
export interface RetryTiming {
  readonly now: MonotonicClock;
  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly pause: (milliseconds: number) => Promise<unknown>;
}

/**
 * Time after the first attempt during which further attempts start. A function times out after 10 seconds, and the work
 * before a write, including password hashes, takes less than two. With calls of 20 ms, fifty concurrent writers of one item
 * finish in about two seconds.
 */
export const RETRY_WITHIN_MS = 6_000;
/** Upper bound of the first pause. It doubles with each attempt, up to {@link MAX_PAUSE_MS}. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1_000;

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
): Promise<Value> {
  const end = now() + RETRY_WITHIN_MS;
  for (let attempt = 0; ; attempt += 1) {
    const value = await step(attempt);
    if (value !== undefined) return value;
    const left = end - now();
    if (left <= 0) throw new UnavailableError({ cause: new Error('too many write conflicts') });
    await pause(Math.min(random() * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt), left));
  }
}
