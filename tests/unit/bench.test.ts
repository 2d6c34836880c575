import { describe, expect, it } from 'vitest';
import { ClosedLoop, interleaved, ratiosOf, spreadOf } from '../../tools/bench/measure.ts';
import { report } from '../../tools/bench/report.ts';
import { type Measurement, ratio, verdictOf } from '../../tools/bench/results.ts';

const measured = (value: number, others: Partial<Measurement> = {}): Measurement => ({
  what: 'a check',
  unit: '×',
  value,
  limit: 1.25,
  detail: 'this against that',
  ...others,
});
const excuse = { upTo: 1.5, because: 'it does more.' };

describe('a measurement', () => {
  it.each([
    [measured(1.25), 'ok'],
    [measured(1.26), 'OVER'],
    [measured(1.5, { excuse }), 'explained'],
    [measured(1.51, { excuse }), 'OVER'],
    [measured(Number.NaN), 'OVER'],
    [{ what: 'a peer', unit: '×', value: 9, detail: '' } satisfies Measurement, ''],
  ] as const)('is held to its limit, and to how far an explanation goes (%#)', (measurement, verdict) => {
    expect(verdictOf(measurement)).toBe(verdict);
  });

  it('is the median of the rounds, with the quartiles beside it', () => {
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, quartiles: [2, 4] });
    const spread = ratiosOf([2, 4, 9], [2, 2, 3]);
    expect(ratio('a check', spread, { detail: '' })).toMatchObject({ value: 2, quartiles: [1, 2] });
  });

  it('is shown with what it is made of, and why it misses its limit', () => {
    const results = { machine: 'a machine', startedAt: '2026-11-25T03:00:00Z', throughput: [] };
    const text = report({ ...results, measurements: [measured(1.3, { excuse }), measured(1.1)] });
    expect(text).toContain('a machine, on 2026-11-25');
    expect(text).toMatch(/\| a check\s+\|\s+1\.30 × \|.*\| explained \| this against that \|/);
    expect(text).toContain('it does more.');
  });
});

it('loads are shown by request and place, beside each other for each number of clients', () => {
  const at = (place: string, clients: number) => ({
    ...{ request: 'verify', place, clients },
    ...{ perSecond: 1000 / clients, p50Ms: clients, p99Ms: 2 * clients },
  });
  const throughput = [at('here', 1), at('there', 1), at('here', 8), at('there', 8)];
  const text = report({ machine: 'a machine', startedAt: '', measurements: [], throughput });
  expect(text).toMatch(/\| request \| where \|\s+1 at a time \|\s+8 at a time \|/);
  expect(text).toContain(
    '| verify  | there | 1,000/s, p50 1.0 ms, p99 2.0 ms | 125/s, p50 8.0 ms, p99 16.0 ms |',
  );
});

describe('works in turns', () => {
  it('run equally often, each first in every other round', async () => {
    const order: string[] = [];
    const work = (name: string) => async () => order.push(name);
    const times = await interleaved({ a: work('a'), b: work('b') }, { rounds: 10 });
    expect([times.a.length, times.b.length]).toEqual([10, 10]);
    expect(order.slice(2).join('')).toBe('abba'.repeat(5));
  });
});

describe('a load', () => {
  it('asks with so many clients at once, and counts what was answered', async () => {
    let [now, most, asked] = [0, 0, 0];
    const loop = new ClosedLoop(async () => {
      now += 1;
      most = Math.max(most, now);
      asked += 1;
      await new Promise(setImmediate);
      now -= 1;
    }, 8);
    await loop.run(20);
    const { perSecond, p50Ms, p99Ms } = loop.result();
    expect(most).toBe(8);
    expect(perSecond).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    expect(asked).toBeGreaterThan(8);
  });

  it('fails with the first answer that is wrong', async () => {
    const loop = new ClosedLoop(async () => Promise.reject(new Error('wrong')), 2);
    await expect(loop.run(1000)).rejects.toThrow('wrong');
  });
});
