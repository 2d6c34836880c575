import { beforeAll, expect, it } from 'vitest';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { CARDS, KINDS, MIX } from '../../tools/soak/mix.ts';
import { type SoakResult, soak } from '../../tools/soak/soak.ts';
import { growthLimit, growthOf } from '../../tools/soak/summary.ts';

const SECONDS = 30;

let result: SoakResult;

beforeAll(async () => {
  result = await soak({ seconds: SECONDS, concurrency: 8, seed: 20 });
}, LONG_TEST_MS);

it('soak reports no wrong response in half a minute of mixed traffic', () => {
  expect(result.tally.descriptions).toEqual([]);
  expect(result.tally.wrong).toBe(0);
  expect(result.tally.requests).toBeGreaterThan(10 * SECONDS);
});

it.each([
  ['login', 'evicts a session'],
  ['login', 'wrong password'],
  ['refresh', 'current token, twice concurrently'],
  ['refresh', 'previous token'],
  ['verify', 'ended session'],
  ['verify', 'tampered token'],
  ['posts', 'later page'],
  ['posts', 'whole list'],
  ['posts', 'ended session'],
  ['posts', 'no token'],
] as const)('soak sends this variety of %s: %s', (kind, variety) => {
  expect(result.tally.of(kind).varieties.get(variety)).toBeGreaterThan(0);
});

it.each(KINDS)('soak sends the intended share of %s', (kind) => {
  const expected = (result.tally.requests * MIX[kind]) / 100;
  // Only the last deck may be incomplete.
  expect(Math.abs(result.tally.of(kind).requests - expected)).toBeLessThan(CARDS);
});

it('soak measures no growth of the heap above the limit of a short run', () => {
  // A growth of 10 % is noise in half a minute (tools/soak/summary.ts). The limit detects a leak of about 12 KB per request.
  expect(result.memory).toHaveLength(2);
  expect(growthOf(result.memory)).toBeLessThan(growthLimit(result.memory));
});
