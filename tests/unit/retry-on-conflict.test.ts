import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnavailableError } from '../../lib/errors.ts';
import { RETRY_WITHIN_MS, type RetryTiming, retryOnConflict } from '../../lib/retry-on-conflict.ts';
import { numbersFrom, VirtualTime } from '../support/virtual-time.ts';

const WRITERS = 50;

/** More clock reads than any test here needs. */
const MAX_READS = 1_000;

/**
 * Returns a timing in which only pauses take time, and the recorded pauses. If retries did not pause, time would not
 * advance and they would never end, so reading the clock fails after {@link MAX_READS} reads.
 */
function timingWith(random: () => number) {
  const pauses: number[] = [];
  let time = 5_000;
  let reads = 0;
  const timing: RetryTiming = {
    now: () => {
      reads += 1;
      if (reads > MAX_READS) throw new Error('The clock does not advance.');
      return time;
    },
    random,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      time += milliseconds;
    },
  };
  return { timing, pauses };
}

describe('step that returns a value at the first attempt', () => {
  it('runs once, without a pause', async () => {
    const { timing, pauses } = timingWith(() => 0.5);
    const attempts: number[] = [];
    const step = async (attempt: number) => {
      attempts.push(attempt);
      return 'written';
    };
    expect(await retryOnConflict(step, timing)).toBe('written');
    expect([attempts, pauses]).toEqual([[0], []]);
  });

  it('may return an empty string or false', async () => {
    const { timing } = timingWith(() => 0.5);
    expect(await retryOnConflict(async () => '', timing)).toBe('');
    expect(await retryOnConflict(async () => false, timing)).toBe(false);
  });
});

describe('step that conflicts', () => {
  it('runs again after pauses whose upper bound doubles up to the maximum', async () => {
    const { timing, pauses } = timingWith(() => 0.5);
    const step = async (attempt: number) => (attempt === 6 ? attempt : undefined);
    expect(await retryOnConflict(step, timing)).toBe(6);
    expect(pauses).toEqual([25, 50, 100, 200, 400, 500]);
  });

  it('pauses for a random time from zero to the upper bound (full jitter)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 8 }),
        async (chances) => {
          const left = [...chances];
          const { timing, pauses } = timingWith(() => left.shift() ?? 0);
          const step = async (attempt: number) => (attempt === chances.length ? 'written' : undefined);
          await retryOnConflict(step, timing);
          expect(pauses).toEqual(chances.map((chance, index) => chance * Math.min(1_000, 50 * 2 ** index)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('fails with UnavailableError when the time is over, after a last attempt', async () => {
    const { timing, pauses } = timingWith(() => 0.9);
    await expect(retryOnConflict(async () => undefined, timing)).rejects.toThrow(UnavailableError);
    expect(pauses.reduce((sum, one) => sum + one, 0)).toBeCloseTo(RETRY_WITHIN_MS, 6);
  });
});

it('rethrows the error of a step', async () => {
  const { timing, pauses } = timingWith(() => 0.5);
  const fault = new TypeError('a fault of the step');
  await expect(retryOnConflict(() => Promise.reject(fault), timing)).rejects.toBe(fault);
  expect(pauses).toEqual([]);
});

it('lets fifty concurrent writers of one item finish within the limit if a call takes up to 20 ms', async () => {
  // The seeds are fixed, because a random seed may produce an unlikely sequence that takes longer.
  for (const seed of Array.from({ length: 20 }, (_, index) => index + 1)) {
    const time = new VirtualTime();
    const random = numbersFrom(seed);
    const timing: RetryTiming = { now: () => time.now, random, pause: (ms) => time.pass(ms) };
    const call = () => time.pass(5 + 5 * random());
    let version = 0;
    // A read and a conditional write. Each takes effect halfway between request and response.
    const write = async () => {
      await call();
      const read = version;
      await call();
      await call();
      const isWritten = version === read;
      if (isWritten) version += 1;
      await call();
      return isWritten || undefined;
    };
    const writers = Array.from({ length: WRITERS }, () => retryOnConflict(write, timing));
    await time.run(Promise.all(writers));
    expect(version).toBe(WRITERS);
    expect(time.now, `seed ${seed}`).toBeLessThan(RETRY_WITHIN_MS);
  }
});
