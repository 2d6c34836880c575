import type { MonotonicClock } from './clock.ts';

/** How long concurrent calls wait for one result before a further call tries again, in milliseconds. */
const MAX_PENDING_MS = 6_000;

/** Caches the result of a function. Does not cache a failure or a call that does not end: a later call tries again. */
export function memoizeAsync<Value>(
  fetch: () => Promise<Value>,
  clock: MonotonicClock = () => performance.now(),
): () => Promise<Value> {
  let cached: { readonly result: Promise<Value>; readonly begunAt: number; isSettled: boolean } | undefined;
  return () => {
    if (cached !== undefined && (cached.isSettled || clock() - cached.begunAt <= MAX_PENDING_MS)) {
      return cached.result;
    }
    const entry = { result: fetch(), begunAt: clock(), isSettled: false };
    entry.result.then(
      () => {
        entry.isSettled = true;
      },
      () => {
        if (cached === entry) cached = undefined;
      },
    );
    cached = entry;
    return entry.result;
  };
}
