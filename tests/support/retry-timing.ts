import { setTimeout as delay } from 'node:timers/promises';
import { RETRY_WITHIN_MS, type RetryTiming } from '../../lib/retry-on-conflict.ts';

/**
 * Retries after a conflict without a time limit. With the limit, fifty concurrent writers can fail on a slow machine, where
 * one process contains all of them and the engine.
 */
export const UNLIMITED_RETRIES: RetryTiming = {
  now: () => 0,
  random: Math.random,
  pause: (milliseconds) => delay(milliseconds),
};

/** Creates a timing that ends retries after a few attempts, without a pause. */
export function fewRetries(): RetryTiming {
  let time = 0;
  return {
    now: () => {
      time += RETRY_WITHIN_MS / 4;
      return time;
    },
    random: () => 0,
    pause: async () => {},
  };
}
