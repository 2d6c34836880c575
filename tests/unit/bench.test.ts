import { describe, expect, it } from 'vitest';
import { ClosedLoop, interleaved, spreadOf } from '../../tools/bench/measure.ts';
import { report } from '../../tools/bench/report.ts';
import { type Measurement, ratio, verdictOf } from '../../tools/bench/results.ts';

const measured = (value: number, others: Partial<Measurement> = {}): Measurement => ({
  what: 'a check',
  unit: '×',
  value,
  limit: 1.25,
  detail: 'this versus that',
  ...others,
});
const exception = { upTo: 1.5, because: 'it does more.' };

describe('measurement', () => {
  it.each([
    [measured(1.25), 'ok'],
    [measured(1.26), 'OVER'],
    [measured(1.5, { exception }), 'explained'],
    [measured(1.51, { exception }), 'OVER'],
    [measured(Number.NaN), 'OVER'],
    [{ what: 'a peer', unit: '×', value: 9, detail: '' } satisfies Measurement, ''],
  ] as const)(
    'is compared with its limit and with the limit of its exception (%#)',
    (measurement, verdict) => {
      expect(verdictOf(measurement)).toBe(verdict);
    },
  );

  it('is the median of the rounds, with the quartiles', () => {
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, quartiles: [2, 4] });
    const compared = ratio('a check', [2, 4, 9], [2, 2, 3], { detail: '' });
    expect(compared).toMatchObject({ value: 2, quartiles: [1, 2] });
  });

  it('is reported with its details, and with the reason of its exception', () => {
    const results = { machine: 'a machine', startedAt: '2026-11-25T03:00:00Z', throughput: [] };
    const text = report({ ...results, measurements: [measured(1.3, { exception }), measured(1.1)] });
    expect(text).toContain('a machine, on 2026-11-25');
    expect(text).toMatch(/\| a check\s+\|\s+1\.30 × \|.*\| explained \| this versus that \|/);
    expect(text).toContain('it does more.');
  });
});

it('report lists throughput by request and target, with a column for each number of clients', () => {
  const at = (target: string, clients: number) => ({
    ...{ request: 'verify', target, clients },
    ...{ perSecond: 1000 / clients, p50Ms: clients, p99Ms: 2 * clients, cpuMs: [0.5, clients] },
  });
  const failed = { ...at('there', 8), failure: 'verify responded with 503' };
  const throughput = [at('here', 1), at('there', 1), at('here', 8), failed];
  const text = report({ machine: 'a machine', startedAt: '', measurements: [], throughput });
  expect(text).toMatch(/\| request \| target \|\s+1 concurrent \|\s+8 concurrent \|/);
  expect(text).toMatch(
    /verify {2}\| there {2}\|\s+1,000\/s, p50 1.0 ms, p99 2.0 ms, CPU 0.50 \+ 1.00 ms \|\s+failed: verify responded with 503 \|/,
  );
  expect(text).toContain('125/s, p50 8.0 ms, p99 16.0 ms, CPU 0.50 + 8.00 ms |');
});

describe('interleaved', () => {
  it('runs each work equally often, and first in every other round', async () => {
    const order: string[] = [];
    const work = (name: string) => async () => order.push(name);
    const times = await interleaved({ a: work('a'), b: work('b') }, { rounds: 10 });
    expect([times.a.length, times.b.length]).toEqual([10, 10]);
    expect(order.slice(2).join('')).toBe('abba'.repeat(5));
  });
});

describe('ClosedLoop', () => {
  it('sends requests with all clients concurrently, and counts the responses', async () => {
    let [now, most, sent] = [0, 0, 0];
    const loop = new ClosedLoop(async () => {
      now += 1;
      most = Math.max(most, now);
      sent += 1;
      if (sent === 100) throw new Error('enough');
      await new Promise(setImmediate);
      now -= 1;
    }, 8);
    await loop.run(60_000);
    const { perSecond, p50Ms, p99Ms } = loop.result();
    expect([most, sent]).toEqual([8, 100]);
    expect(perSecond).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
  });

  it('ends with the first request that fails, and keeps its error', async () => {
    let sent = 0;
    const loop = new ClosedLoop(async () => {
      sent += 1;
      if (sent === 3) throw new Error('wrong');
    }, 1);
    await loop.run(60_000);
    await loop.run(60_000);
    expect([sent, loop.result().failure]).toEqual([3, 'wrong']);
  });
});
