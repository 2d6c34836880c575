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

it('half a minute of mixed traffic has no wrong answer', () => {
  expect(result.tally.descriptions).toEqual([]);
  expect(result.tally.wrong).toBe(0);
  expect(result.tally.requests).toBeGreaterThan(10 * SECONDS);
});

it.each([
  ['login', 'another session falls out'],
  ['login', 'wrong password'],
  ['refresh', 'newest token, by two'],
  ['refresh', 'token before it'],
  ['verify', 'ended session'],
  ['verify', 'changed token'],
  ['posts', 'later page'],
  ['posts', 'whole list'],
  ['posts', 'ended session'],
  ['posts', 'nobody'],
] as const)('a %s is among it: %s', (kind, variety) => {
  expect(result.tally.of(kind).varieties.get(variety)).toBeGreaterThan(0);
});

it.each(KINDS)('its share of %s is what was asked for', (kind) => {
  const expected = (result.tally.requests * MIX[kind]) / 100;
  // Only in the last deck of cards may a kind be missing or ahead.
  expect(Math.abs(result.tally.of(kind).requests - expected)).toBeLessThan(CARDS);
});

it('the heap has not grown by more than a start leaves behind', () => {
  // In half a minute a tenth is noise, as tools/soak/summary.ts says: this sees what leaves a dozen kilobytes a request.
  expect(result.memory).toHaveLength(2);
  expect(growthOf(result.memory)).toBeLessThan(growthLimit(result.memory));
});
