import { describe, expect, it } from 'vitest';
import { type Attempt, judge, staleOf } from '../../lib/throttling/attempt-log.ts';
import { RefusalMemory } from '../../lib/throttling/refusal-memory.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const LIMITS = { pair: { failures: 3, seconds: 900 }, accountFailures: 5 };

let nonces = 0;
const attempt = (network = '203.0.113.7', ago = 0, device?: string): Attempt => {
  nonces += 1;
  return { at: NOW - ago, network, device, nonce: `nonce-${nonces}` };
};
const attempts = (count: number, network?: string, ago?: number) =>
  Array.from({ length: count }, () => attempt(network, ago));
const judged = (others: readonly Attempt[], own = attempt()) =>
  judge({ consecutive: [...others, own], recent: [...others, own] }, own, LIMITS, NOW);

describe('judge', () => {
  it('delays attempts over the limit per username and network until the oldest failure leaves the period', () => {
    expect(judged(attempts(2)).pair).toBe(0);
    expect(judged([attempt(undefined, MINUTE), ...attempts(2)]).pair).toBe(14 * MINUTE);
    expect(judged([attempt(undefined, 15 * MINUTE), ...attempts(2)]).pair).toBe(0);
  });

  it('returns the end of a refusal if none of the failures can still be released', () => {
    expect(judged([...attempts(2, undefined, MINUTE), attempt()]).pairEndMs).toBeUndefined();
    expect(judged(attempts(3, undefined, MINUTE)).pairEndMs).toBe(NOW + 14 * MINUTE);
  });

  it('counts the failures from a known /24 or /48 prefix together', () => {
    const spread = ['203.0.113.1', '203.0.113.2', '203.0.113.3'].map((network) => attempt(network));
    expect(judged(spread)).toMatchObject({ pair: 0, prefix: 15 * MINUTE });
    expect(judged(spread, attempt('203.0.114.7'))).toMatchObject({ prefix: 0 });
  });

  it('counts the failures of a device from all networks together', () => {
    const moving = ['192.0.2.1', '198.51.100.2', '203.0.113.3'].map((network) =>
      attempt(network, MINUTE, 'phone'),
    );
    expect(judged(moving, attempt(undefined, 0, 'phone'))).toMatchObject({ pair: 0, device: 14 * MINUTE });
    expect(judged(moving, attempt(undefined, 0, 'tablet'))).toMatchObject({ device: 0 });
    expect(judged(moving)).toMatchObject({ device: Number.POSITIVE_INFINITY });
  });

  it('counts the failures of a device even if the limit of its network was reached', () => {
    const owner = Array.from({ length: 3 }, () => attempt(undefined, 10_000, 'phone'));
    const log = [...attempts(3, undefined, MINUTE), ...owner];
    expect(judged(log, attempt(undefined, 0, 'phone'))).toMatchObject({ device: 15 * MINUTE - 10_000 });
    expect(judged(log, attempt('198.51.100.9'))).toMatchObject({ account: 20_000 });
  });

  /** Failures, each from a different network. */
  const spread = (count: number, ago?: number) =>
    Array.from({ length: count }, (_, one) => attempt(`10.0.${one >> 8}.${one & 255}`, ago));
  /** Failures one hour apart. */
  const patient = (count: number) =>
    Array.from({ length: count }, (_, one) => attempt(`10.1.0.${one}`, one * 60 * MINUTE)).toReversed();

  it('doubles the delay after consecutive failures, up to an hour', () => {
    expect(judged(spread(4)).account).toBe(0);
    expect(judged(spread(5)).account).toBe(30_000);
    const waits = [1, 2, 3, 7, 8].map(
      (extra) => judged([...spread(5, 10 * DAY), ...patient(extra)]).account / 1000,
    );
    expect(waits).toEqual([60, 120, 240, 3600, 3600]);
  });

  it('does not count refused attempts that are not removed yet', () => {
    const refused = attempts(300, '198.51.100.9');
    expect(judged([...attempts(3, '198.51.100.9', MINUTE), ...refused])).toMatchObject({ account: 0 });
    expect(judged([...attempts(3, undefined, MINUTE), ...attempts(300)])).toMatchObject({
      pair: 14 * MINUTE,
    });
    expect(judged([...spread(6, 29_000), ...spread(300)]).account).toBe(1_000);
  });

  it('ignores consecutive failures that were followed by none for thirty days', () => {
    expect(judged([...spread(6, 30 * DAY), attempt()]).account).toBe(0);
    expect(judged([...spread(6, 29 * DAY), attempt()]).account).toBe(60_000);
  });
});

describe('staleOf', () => {
  it('returns only attempts that do not change a verdict', () => {
    const old = Array.from({ length: 40 }, (_, one) =>
      attempt(undefined, (16 + one * 60) * MINUTE),
    ).toReversed();
    const own = attempt();
    const log = { consecutive: [...old, own], recent: [...old, own] };
    const stale = staleOf(log, LIMITS, NOW);
    expect(stale.recent).toEqual(old);
    expect(stale.consecutive.length).toBeGreaterThan(25);
    const without = (all: readonly Attempt[], some: readonly Attempt[]) =>
      all.filter((one) => !some.includes(one));
    const pruned = {
      consecutive: without(log.consecutive, stale.consecutive),
      recent: without(log.recent, stale.recent),
    };
    expect(judge(pruned, own, LIMITS, NOW)).toEqual(judge(log, own, LIMITS, NOW));
  });

  it('keeps the consecutive failures of a device that were made during the delay of the account', () => {
    const others = Array.from({ length: 40 }, (_, one) =>
      attempt(`10.0.0.${one}`, (60 + one * 60) * MINUTE),
    ).toReversed();
    const ofDevice = Array.from({ length: 5 }, (_, one) =>
      attempt('192.0.2.1', (20 + one) * MINUTE, 'phone'),
    ).toReversed();
    const own = attempt('192.0.2.2', 0, 'phone');
    const log = { consecutive: [...others, ...ofDevice, own], recent: [own] };
    const pruned = {
      ...log,
      consecutive: log.consecutive.filter((one) => !staleOf(log, LIMITS, NOW).consecutive.includes(one)),
    };
    expect(pruned.consecutive.length).toBeLessThan(25);
    expect(pruned.consecutive).toEqual(expect.arrayContaining(ofDevice));
    const soon = NOW - 20 * MINUTE;
    expect(judge(pruned, own, LIMITS, soon).device).toBe(30_000);
    expect(judge(log, own, LIMITS, soon).device).toBe(30_000);
    expect(judge(log, { ...own, device: 'tablet' }, LIMITS, soon).device).toBe(0);
  });
});

describe('RefusalMemory', () => {
  it('removes a refusal when it ends, and the oldest one when it is full', () => {
    const memory = new RefusalMemory(2);
    memory.remember('a', 10);
    expect(memory.find('a', 9)).toBe(10);
    expect(memory.find('a', 10)).toBeUndefined();
    memory.remember('b', 10);
    memory.remember('c', 10);
    memory.remember('d', 10);
    expect(['b', 'c', 'd'].map((key) => memory.find(key, 0))).toEqual([undefined, 10, 10]);
  });
});
