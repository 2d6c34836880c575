import { dictionary } from '@zxcvbn-ts/language-common';
import { describe, expect, it } from 'vitest';
import { createPasswordPolicy } from '../../lib/wiring.ts';

const policy = createPasswordPolicy({ minLength: 8, maxLength: 128, serviceName: 'latchkey' });
const MARY = { username: 'deku99', email: 'mary.jones@mail.plus-ultra.example' };
const problemsOf = (password: string, context: Partial<typeof MARY> = {}) =>
  policy.problemsOf(password, { ...MARY, ...context });

const SHORT = 'This password is too short. It must contain at least 8 characters.';
const LONG = 'This password is too long. It must contain at most 128 characters.';
const COMMON = 'This password is too common.';
const LIKE_USERNAME = 'The password is too similar to the username.';
const LIKE_EMAIL = 'The password is too similar to the email address.';
const LIKE_SERVICE = 'The password is too similar to the name of this service.';

/** A letter with a combining accent, which NFC composes to one code point, and a code point of two UTF-16 units. */
const [DECOMPOSED, ASTRAL] = ['e\u0301', '\u{1f511}'];

describe('password length', () => {
  it.each([
    ['7 letters', 'xkvqwzj', [SHORT]],
    ['8 letters', 'xkvqwzjh', []],
    ['128 letters', 'xkvqwzjh'.repeat(16), []],
    ['129 letters', `${'xkvqwzjh'.repeat(16)}x`, [LONG]],
    ['7 letters of two code points', DECOMPOSED.repeat(7), [SHORT]],
    ['128 letters of two code points', DECOMPOSED.repeat(128), []],
    ['7 characters of two units', ASTRAL.repeat(7), [SHORT]],
    ['128 characters of two units', ASTRAL.repeat(128), []],
    ['129 characters of two units', ASTRAL.repeat(129), [LONG]],
    ['31,000 combining marks', `a${'\u0301'.repeat(31_000)}`, [LONG]],
    ['8 characters with leading and trailing spaces', '  xkvq  ', []],
  ])('is counted in code points of the NFC form: %s', async (_, password, problems) => {
    expect(await problemsOf(password)).toEqual(problems);
  });

  it.each([' '.repeat(12), '\u3000\u00a0'.repeat(6)])(
    'does not allow a password of white space only: %j',
    async (password) => {
      expect(await problemsOf(password)).toEqual(['This field may not be blank.']);
    },
  );

  it('does not allow null characters, which a login refuses', async () => {
    expect(await problemsOf('xkvq\0wzjh')).toEqual(['Null characters are not allowed.']);
  });

  it('is limited by the given rules', async () => {
    const strict = createPasswordPolicy({ minLength: 15, maxLength: 64, serviceName: 'latchkey' });
    expect(await strict.problemsOf('xkvqwzjhxkvqwz', MARY)).toEqual([SHORT.replace('8', '15')]);
    expect(await strict.problemsOf('x'.repeat(65), MARY)).toEqual([LONG.replace('128', '64')]);
  });
});

it.each([
  ['lower-case letters', 'xkvqwzjhtb'],
  ['upper-case letters', 'XKVQWZJHTB'],
  ['digits', '7391508426'],
  ['symbols', '(%=!-_;[&?'],
  ['words separated by spaces', 'correct horse battery staple'],
  ['another script', '\u30d1\u30b9\u30ef\u30fc\u30c9\u3068\u306f\u4f55\u3060'],
])('has no composition rules: accepts a password of %s', async (_, password) => {
  expect(await problemsOf(password)).toEqual([]);
});

describe('common passwords', () => {
  it.each(['password', 'PassWord', 'iloveyou', '1qaz2wsx', 'Baseball', 'trustno1', 'QWERTYUIOP'])(
    'are rejected in any letter case: %s',
    async (password) => {
      expect(await problemsOf(password)).toEqual([COMMON]);
    },
  );

  it('are rejected: all of the first 3,000 that are long enough', async () => {
    const commonest = dictionary['passwords-common'].filter((one) => one.length >= 8).slice(0, 3000);
    expect(commonest).toHaveLength(3000);
    const refused = await Promise.all(
      commonest.map(async (one) => (await problemsOf(one.toUpperCase())).includes(COMMON)),
    );
    expect(refused.filter(Boolean)).toHaveLength(3000);
  });

  it('do not include a password that only starts or ends with one', async () => {
    expect(await problemsOf('password of mine')).toEqual([]);
  });

  it('are reported together with all other problems', async () => {
    expect(await problemsOf('mary')).toEqual([SHORT, COMMON, LIKE_EMAIL]);
  });
});

describe('password based on a name', () => {
  it.each([
    ['the username', 'deku99!!', LIKE_USERNAME],
    ['the username in upper case', 'DEKU99!!', LIKE_USERNAME],
    ['the repeated username', 'deku99deku99', LIKE_USERNAME],
    ['the repeated username, separated by symbols', 'Deku99-deku99', LIKE_USERNAME],
    ['the username followed by digits', 'deku992031', LIKE_USERNAME],
    ['the username after symbols and digits', '#2031_deku99', LIKE_USERNAME],
    ['the reversed username', '99uked!!', LIKE_USERNAME],
    ['the reversed username, repeated, with a digit', '99uked99uked7', LIKE_USERNAME],
    ['the letters of the username with other digits', 'deku2031', LIKE_USERNAME],
    ['the e-mail address', 'mary.jones@mail.plus-ultra.example', LIKE_EMAIL],
    ['the e-mail address in upper case', 'MARY.JONES@MAIL.PLUS-ULTRA.EXAMPLE', LIKE_EMAIL],
    ['the local part', 'mary.jones', LIKE_EMAIL],
    ['the local part with another separator', 'Mary_Jones7', LIKE_EMAIL],
    ['the reversed local part', 'senoj.yram', LIKE_EMAIL],
    ['a word of the local part', 'jones2031', LIKE_EMAIL],
    ['the domain name', 'mail.plus-ultra.example', LIKE_EMAIL],
    ['a label of the domain name', 'Plus-Ultra', LIKE_EMAIL],
    ['a word of a domain label', 'Ultra!Ultra!', LIKE_EMAIL],
    ['a domain label of four letters', 'mail#2031', LIKE_EMAIL],
    ['the service name', 'latchkey', LIKE_SERVICE],
    ['the service name with a year', 'LatchKey-2031', LIKE_SERVICE],
    ['the reversed service name', 'yekhctal', LIKE_SERVICE],
  ])('is rejected: %s', async (_, password, problem) => {
    expect(await problemsOf(password)).toContain(problem);
  });

  it.each([
    ['three letters that overlap with their reverse', { username: 'aab' }, 'baabaa77', LIKE_USERNAME],
    ['two letters', { username: 'zy' }, 'zyzyzyzyzy', LIKE_USERNAME],
    ['digits', { username: '8047' }, '8047-8047', LIKE_USERNAME],
    ['symbols', { username: '_.-_' }, '_.-__.-_', LIKE_USERNAME],
    ['a decomposed accent', { username: `caf${DECOMPOSED}` }, 'caf\u00e9caf\u00e9', LIKE_USERNAME],
    [
      'another script',
      { username: '\u0434\u0435\u043a\u0443' },
      '\u0414\u0435\u043a\u04432031',
      LIKE_USERNAME,
    ],
    ['special characters of regular expressions', { username: 'a.b+c' }, 'a.b+c(1)', LIKE_USERNAME],
    ['a short local part', { email: 'zy@example.org' }, 'zyzy2031', LIKE_EMAIL],
    ['a label of letters and digits', { email: 'x@abc7.org' }, 'abc7!2031', LIKE_EMAIL],
  ])('is rejected if the name is %s', async (_, context, password, problem) => {
    expect(await problemsOf(password, context)).toEqual([problem]);
  });

  it.each([
    ['contains the username among other words', 'deku99 climbs every mountain'],
    ['contains the service name among other words', 'my latchkey is under the mat'],
    ['contains the local part among other words', 'mary.jones sings at noon'],
    ['contains the username and three letters', 'deku99abc'],
    ['contains a label too short to be a word', 'com+2031+com'],
    ['contains the characters of a name, scattered', 'dxexkxu99'],
  ])('does not include a password that %s', async (_, password) => {
    expect(await problemsOf(password, { email: 'mary.jones@example.com' })).toEqual([]);
  });

  it.each(['73915084', '(%=!-_;[', 'xkvqwzjh'])(
    'is not detected if user and service have no names: %s',
    async (password) => {
      const nameless = createPasswordPolicy({ minLength: 8, maxLength: 128, serviceName: '' });
      expect(await nameless.problemsOf(password, { username: '', email: '' })).toEqual([]);
    },
  );
});
