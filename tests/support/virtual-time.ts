import { setImmediate } from 'node:timers/promises';

/** A clock that advances only when all tasks wait for it. */
export class VirtualTime {
  /** Milliseconds since the start. */
  now = 0;
  readonly #waiting: { readonly at: number; readonly wake: () => void }[] = [];

  /** Waits for a duration. */
  pass(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.#waiting.push({ at: this.now + milliseconds, wake });
    });
  }

  /** Wakes the waiting tasks in order until the work is done. Returns its result. */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    for (;;) {
      await setImmediate();
      if (isDone) return work;
      this.#waiting.sort((a, b) => a.at - b.at);
      const next = this.#waiting.shift();
      if (next === undefined) throw new Error('no task waits for time, but the work is not done');
      this.now = next.at;
      next.wake();
    }
  }
}

/**
 * Generates random numbers from 0 (inclusive) to 1 (exclusive), the same for the same seed (xorshift32).
 *
 * @param seed an integer other than 0
 */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
