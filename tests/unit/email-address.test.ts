import { describe, expect, it } from 'vitest';
import { emailProblem } from '../../manage/email-address.ts';

const LABEL = 'a'.repeat(63);

describe('emailProblem', () => {
  it.each([
    '',
    'deku@example.com',
    'deku@localhost',
    "o'brien+tag@mail.example.co.uk",
    'a.b_c-d!#$%&*/=?^`{|}~@example.com',
    'deku@b\u00fccher.example',
    'deku@xn--bcher-kva.example',
    `deku@${LABEL}.com`,
  ])('accepts %j', (address) => {
    expect(emailProblem(address)).toBeUndefined();
  });

  it.each([
    'deku',
    'deku@',
    '@example.com',
    'deku@example',
    'deku@example.c',
    'deku@example.com-',
    'deku@-example.com',
    'deku@example-.com',
    'deku@example..com',
    `deku@${LABEL}a.com`,
    'deku@@example.com',
    'a@b@example.com',
    '.deku@example.com',
    'deku.@example.com',
    'de..ku@example.com',
    'de ku@example.com',
    'd\u00e9ku@example.com',
    'deku@example.com\n',
  ])('rejects %j', (address) => {
    expect(emailProblem(address)).toMatch(/ is not an e-mail address, such as deku@example\.com\.$/);
  });

  it('rejects an address of more than 320 characters', () => {
    expect(emailProblem(`deku@${'a.'.repeat(156)}com`)).toBeUndefined();
    expect(emailProblem(`deku@${'a.'.repeat(157)}com`)).toBe('An e-mail address has at most 320 characters.');
  });
});
