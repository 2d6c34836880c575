import { setImmediate } from 'node:timers/promises';

/** Time that passes only while everybody waits for it. */
export class VirtualTime {
  /** Milliseconds since the beginning. */
  now = 0;
  readonly #waiting: { readonly at: number; readonly wake: () => void }[] = [];

  /** Waits for a time to pass. */
  pass(milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.#waiting.push({ at: this.now + milliseconds, wake });
    });
  }

  /** Wakes those who wait, in order, until work is done; gives its result. */
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
      if (next === undefined) throw new Error('nobody waits for time, and the work is not done');
      this.now = next.at;
      next.wake();
    }
  }
}

/** Random numbers from 0 up to 1, the same for the same seed (xorshift32). @param seed an integer other than 0 */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
