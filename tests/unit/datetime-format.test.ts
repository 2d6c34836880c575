import { describe, expect, it } from 'vitest';
import { AWARE, formatDatetime, isTimeZone } from '../../lib/posts/datetime-format.ts';

const INSTANT = new Date('2026-03-29T00:59:59.007Z');

describe('formatDatetime', () => {
  it('formats aware datetimes in UTC', () => {
    expect(formatDatetime(INSTANT, AWARE)).toBe('2026-03-29T00:59:59.007Z');
  });

  it.each([
    ['UTC', '2026-03-29T00:59:59.007'],
    ['Asia/Seoul', '2026-03-29T09:59:59.007'],
    ['America/New_York', '2026-03-28T20:59:59.007'],
    ['Asia/Kathmandu', '2026-03-29T06:44:59.007'],
  ])('formats naive datetimes in the local time of %s', (timeZone, text) => {
    expect(formatDatetime(INSTANT, { kind: 'naive', timeZone })).toBe(text);
  });

  it('observes daylight saving time', () => {
    const format = { kind: 'naive', timeZone: 'Europe/Berlin' } as const;
    expect(formatDatetime(INSTANT, format)).toBe('2026-03-29T01:59:59.007');
    expect(formatDatetime(new Date(INSTANT.getTime() + 1000), format)).toBe('2026-03-29T03:00:00.007');
  });

  it('formats midnight as hour 00', () => {
    const midnight = new Date('2026-01-01T00:00:00Z');
    expect(formatDatetime(midnight, { kind: 'naive', timeZone: 'UTC' })).toBe('2026-01-01T00:00:00.000');
  });
});

describe('isTimeZone', () => {
  it('accepts names of the IANA time zone database only', () => {
    expect(['UTC', 'Asia/Seoul', 'America/Argentina/Buenos_Aires'].map(isTimeZone)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['', 'Seoul', 'Asia/Atlantis'].map(isTimeZone)).toEqual([false, false, false]);
  });
});
