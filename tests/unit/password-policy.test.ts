import { dictionary } from '@zxcvbn-ts/language-common';
import { describe, expect, it } from 'vitest';
import { PasswordPolicy } from '../../lib/passwords/password-policy.ts';

const policy = new PasswordPolicy({ minLength: 8, maxLength: 128, serviceName: 'latchkey' });
const MARY = { username: 'deku99', email: 'mary.jones@mail.plus-ultra.example' };
const problemsOf = (password: string, context: Partial<typeof MARY> = {}) =>
  policy.problemsOf(password, { ...MARY, ...context });

const SHORT = 'This password is too short. It must contain at least 8 characters.';
const LONG = 'This password is too long. It must contain at most 128 characters.';
const COMMON = 'This password is too common.';
const LIKE_USERNAME = 'The password is too similar to the username.';
const LIKE_EMAIL = 'The password is too similar to the email address.';
const LIKE_SERVICE = 'The password is too similar to the name of this service.';

/** A letter with an accent, as two code points that NFC makes one; and one that UTF-16 takes two units for. */
const [DECOMPOSED, ASTRAL] = ['e\u0301', '\u{1f511}'];

describe('a password\u2019s length', () => {
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
    ['8 characters, blanks at the ends', '  xkvq  ', []],
  ])('counts code points of the NFC form: %s', async (_, password, problems) => {
    expect(await problemsOf(password)).toEqual(problems);
  });

  it.each([' '.repeat(12), '\u3000\u00a0'.repeat(6)])('refuses white space alone: %j', async (password) => {
    expect(await problemsOf(password)).toEqual(['This field may not be blank.']);
  });

  it('is bounded by the rules that are given', async () => {
    const strict = new PasswordPolicy({ minLength: 15, maxLength: 64, serviceName: 'latchkey' });
    expect(await strict.problemsOf('xkvqwzjhxkvqwz', MARY)).toEqual([SHORT.replace('8', '15')]);
    expect(await strict.problemsOf('x'.repeat(65), MARY)).toEqual([LONG.replace('128', '64')]);
  });
});

it.each([
  ['small letters', 'xkvqwzjhtb'],
  ['capitals', 'XKVQWZJHTB'],
  ['digits', '7391508426'],
  ['signs', '(%=!-_;[&?'],
  ['blanks between words', 'correct horse battery staple'],
  ['another script', '\u30d1\u30b9\u30ef\u30fc\u30c9\u3068\u306f\u4f55\u3060'],
])('does not mind what a password is composed of: %s', async (_, password) => {
  expect(await problemsOf(password)).toEqual([]);
});

describe('common passwords', () => {
  it.each(['password', 'PassWord', 'iloveyou', '1qaz2wsx', 'Baseball', 'trustno1', 'QWERTYUIOP'])(
    'are refused in any case: %s',
    async (password) => {
      expect(await problemsOf(password)).toEqual([COMMON]);
    },
  );

  it('are refused, all of the first 3,000 that are long enough', async () => {
    const commonest = dictionary['passwords-common'].filter((one) => one.length >= 8).slice(0, 3000);
    expect(commonest).toHaveLength(3000);
    const refused = await Promise.all(
      commonest.map(async (one) => (await problemsOf(one.toUpperCase())).includes(COMMON)),
    );
    expect(refused.filter(Boolean)).toHaveLength(3000);
  });

  it('are told from what merely begins or ends like one', async () => {
    expect(await problemsOf('password of mine')).toEqual([]);
  });

  it('tell every problem at once', async () => {
    expect(await problemsOf('mary')).toEqual([SHORT, COMMON, LIKE_EMAIL]);
  });
});

describe('a password that is made of a name', () => {
  it.each([
    ['the username', 'deku99!!', LIKE_USERNAME],
    ['it in another case', 'DEKU99!!', LIKE_USERNAME],
    ['it several times', 'deku99deku99', LIKE_USERNAME],
    ['it several times, with signs between', 'Deku99-deku99', LIKE_USERNAME],
    ['it with digits behind', 'deku992031', LIKE_USERNAME],
    ['it with digits and signs before', '#2031_deku99', LIKE_USERNAME],
    ['it backwards', '99uked!!', LIKE_USERNAME],
    ['it backwards, several times, with a digit', '99uked99uked7', LIKE_USERNAME],
    ['its letters and other digits', 'deku2031', LIKE_USERNAME],
    ['the e-mail address', 'mary.jones@mail.plus-ultra.example', LIKE_EMAIL],
    ['it in capitals', 'MARY.JONES@MAIL.PLUS-ULTRA.EXAMPLE', LIKE_EMAIL],
    ['its local part', 'mary.jones', LIKE_EMAIL],
    ['its local part, with another sign', 'Mary_Jones7', LIKE_EMAIL],
    ['its local part backwards', 'senoj.yram', LIKE_EMAIL],
    ['a word of its local part', 'jones2031', LIKE_EMAIL],
    ['its domain name', 'mail.plus-ultra.example', LIKE_EMAIL],
    ['a label of its domain name', 'Plus-Ultra', LIKE_EMAIL],
    ['a word of a label', 'Ultra!Ultra!', LIKE_EMAIL],
    ['a label of four letters', 'mail#2031', LIKE_EMAIL],
    ['the service', 'latchkey', LIKE_SERVICE],
    ['the service, with a year', 'LatchKey-2031', LIKE_SERVICE],
    ['the service, backwards', 'yekhctal', LIKE_SERVICE],
  ])('is refused: %s', async (_, password, problem) => {
    expect(await problemsOf(password)).toContain(problem);
  });

  it.each([
    ['three letters that overlap with their reverse', { username: 'aab' }, 'baabaa77', LIKE_USERNAME],
    ['two letters', { username: 'zy' }, 'zyzyzyzyzy', LIKE_USERNAME],
    ['digits', { username: '8047' }, '8047-8047', LIKE_USERNAME],
    ['signs', { username: '_.-_' }, '_.-__.-_', LIKE_USERNAME],
    ['a decomposed accent', { username: `caf${DECOMPOSED}` }, 'caf\u00e9caf\u00e9', LIKE_USERNAME],
    [
      'another script',
      { username: '\u0434\u0435\u043a\u0443' },
      '\u0414\u0435\u043a\u04432031',
      LIKE_USERNAME,
    ],
    ['signs of regular expressions', { username: 'a.b+c' }, 'a.b+c(1)', LIKE_USERNAME],
    ['a short local part', { email: 'zy@example.org' }, 'zyzy2031', LIKE_EMAIL],
    ['a label of letters and digits', { email: 'x@abc7.org' }, 'abc7!2031', LIKE_EMAIL],
  ])('is refused where the name is %s', async (_, context, password, problem) => {
    expect(await problemsOf(password, context)).toEqual([problem]);
  });

  it.each([
    ['merely contains the username', 'deku99 climbs every mountain'],
    ['merely contains the service', 'my latchkey is under the mat'],
    ['merely contains the local part', 'mary.jones sings at noon'],
    ['contains a name, and three letters', 'deku99abc'],
    ['contains a label too short to be a word', 'com+2031+com'],
    ['contains names scattered', 'dxexkxu99'],
  ])('is told from one that %s', async (_, password) => {
    expect(await problemsOf(password, { email: 'mary.jones@example.com' })).toEqual([]);
  });

  it.each(['73915084', '(%=!-_;[', 'xkvqwzjh'])(
    'is no password where there are no names: %s',
    async (password) => {
      const nameless = new PasswordPolicy({ minLength: 8, maxLength: 128, serviceName: '' });
      expect(await nameless.problemsOf(password, { username: '', email: '' })).toEqual([]);
    },
  );
});
