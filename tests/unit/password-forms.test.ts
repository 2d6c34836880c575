import { describe, expect, it } from 'vitest';
import { formsOf } from '../../lib/users/password-check.ts';

const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];

describe('formsOf', () => {
  it('returns one form of a password in NFC without white space at its ends', () => {
    expect(formsOf(composed)).toEqual([composed]);
  });

  it('returns the password as sent, without white space, and both in NFC', () => {
    expect(formsOf(decomposed)).toEqual([decomposed, composed]);
    expect(formsOf(` ${composed}\n`)).toEqual([` ${composed}\n`, composed]);
    expect(formsOf(` ${decomposed}`)).toEqual([` ${decomposed}`, ` ${composed}`, decomposed, composed]);
  });

  it('returns no form of a password that is too long to normalize', () => {
    expect(formsOf('a'.repeat(4_096))).toHaveLength(1);
    expect(formsOf('a'.repeat(4_097))).toEqual([]);
    expect(formsOf(`a${'\u0301'.repeat(31_000)}`)).toEqual([]);
  });
});
