import { describe, expect, it } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { readFields, textFields } from '../../lib/http/fields.ts';
import { UploadedFile } from '../../lib/http/form-body.ts';
import { JsonNumber } from '../../lib/http/json-number.ts';
import { cpuTimeOf } from '../support/cpu-time.ts';

const RULES = textFields({ username: 'trimmed', password: 'verbatim' });
const read = (username: unknown, password: unknown = 'x') => readFields({ username, password }, RULES);

function problemsOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof InputError) return error.fields;
    throw error;
  }
}

const SPACES =
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

describe('field', () => {
  it.each([
    ['is required', undefined, 'This field is required.'],
    ['may not be null', null, 'This field may not be null.'],
    ['may not be true', true, 'Not a valid string.'],
    ['may not be false', false, 'Not a valid string.'],
    ['may not be a list', ['x'], 'Not a valid string.'],
    ['may not be an empty list', [], 'Not a valid string.'],
    ['may not be an object', {}, 'Not a valid string.'],
    ['may not be an object without a prototype', Object.create(null), 'Not a valid string.'],
    ['may not be a file', new UploadedFile('a.txt'), 'Not a valid string.'],
    ['may not be a file with a blank name', new UploadedFile('\u3000'), 'This field may not be blank.'],
    ['may not be empty', '', 'This field may not be blank.'],
  ])('%s', (_rule, value, sentence) => {
    expect(problemsOf(() => read(value))).toEqual({ username: [sentence] });
    const inPassword = { username: 'deku', password: value };
    expect(problemsOf(() => readFields(inPassword, RULES))).toEqual({ password: [sentence] });
  });

  it('may be a number, which is converted to text', () => {
    expect(read(new JsonNumber('12345'), new JsonNumber('1e3'))).toEqual({
      username: '12345',
      password: '1000.0',
    });
  });

  it('loses leading and trailing Python white space if it is trimmed', () => {
    expect(read(`${SPACES}de ku${SPACES}`).username).toBe('de ku');
    expect(problemsOf(() => read(SPACES))).toEqual({ username: ['This field may not be blank.'] });
  });

  it.each(['\ufeff', '\u180e', '\u200b', '\u2060'])(
    'keeps %j, which is not white space in Python',
    (character) => {
      expect(read(character).username).toBe(character);
    },
  );

  it('keeps every character if it is verbatim', () => {
    expect(read('deku', ` ${SPACES}x `).password).toBe(` ${SPACES}x `);
  });

  it.each(['   ', '\n', SPACES])('is blank if it is verbatim and only white space: %j', (text) => {
    expect(problemsOf(() => read('deku', text))).toEqual({ password: ['This field may not be blank.'] });
  });

  it('may not contain a null character', () => {
    expect(problemsOf(() => read('de\0ku', '\0'))).toEqual({
      username: ['Null characters are not allowed.'],
      password: ['Null characters are not allowed.'],
    });
  });

  it('may not contain a lone surrogate, and the message names the first one', () => {
    expect(problemsOf(() => read('a\ude00\ud83d'))).toEqual({
      username: ['Surrogate characters are not allowed: U+DE00.'],
    });
    expect(read('\ud83d\ude00').username).toBe('😀');
  });

  it('has both messages, in this order, if it breaks both rules', () => {
    expect(problemsOf(() => read('\ud800\0'))).toEqual({
      username: ['Null characters are not allowed.', 'Surrogate characters are not allowed: U+D800.'],
    });
  });

  it('is trimmed in linear time', async () => {
    const blanks = ' '.repeat(60_000);
    const cpuMs = await cpuTimeOf(() => expect(read(`x${blanks}x`).username).toHaveLength(60_002));
    expect(cpuMs).toBeLessThan(500);
  });
});

it('reports all invalid fields in the order of the rules, not of the body', () => {
  const fields = problemsOf(() => readFields({ password: '', username: null }, RULES));
  expect(JSON.stringify(fields)).toBe(
    '{"username":["This field may not be null."],"password":["This field may not be blank."]}',
  );
});

it('omits fields without a rule', () => {
  expect(readFields({ username: 'a', password: 'b', is_staff: 'true' }, RULES)).toEqual({
    username: 'a',
    password: 'b',
  });
});

it('does not read fields from the prototype of a body', () => {
  const body: unknown = JSON.parse('{"__proto__":{"token":"x"}}');
  expect(problemsOf(() => readFields(body, textFields({ token: 'trimmed' })))).toEqual({
    token: ['This field is required.'],
  });
  expect(problemsOf(() => readFields({}, textFields({ constructor: 'trimmed' })))).toEqual({
    constructor: ['This field is required.'],
  });
});

it.each([
  [[], 'list'],
  ['deku', 'str'],
  [new JsonNumber('1'), 'int'],
  [new JsonNumber('1.0'), 'float'],
  [true, 'bool'],
])('names the Python type of %j if the body is not an object', (body, type) => {
  expect(problemsOf(() => readFields(body, RULES))).toEqual({
    non_field_errors: [`Invalid data. Expected a dictionary, but got ${type}.`],
  });
});

it('reports a null body as missing data', () => {
  expect(problemsOf(() => readFields(null, RULES))).toEqual({ non_field_errors: ['No data provided'] });
});

describe('a number', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['-7', '-7'],
    ['12345678901234567890123', '12345678901234567890123'],
    ['1.0', '1.0'],
    ['1.10', '1.1'],
    ['-0.0', '-0.0'],
    ['0e5', '0.0'],
    ['1e3', '1000.0'],
    ['1E+3', '1000.0'],
    ['0.1e1', '1.0'],
    ['123456789.123', '123456789.123'],
    ['1e15', '1000000000000000.0'],
    ['9007199254740993.0', '9007199254740992.0'],
    ['1e16', '1e+16'],
    ['1e22', '1e+22'],
    ['-1.5e300', '-1.5e+300'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['1.25e-7', '1.25e-07'],
    ['5e-324', '5e-324'],
    ['1e-400', '0.0'],
    ['1E400', 'inf'],
    ['-1E400', '-inf'],
  ])('converts %s to %s, as Python does', (source, text) => {
    expect(new JsonNumber(source).text).toBe(text);
  });

  it('rejects an integer of more than 4,300 digits', () => {
    expect(new JsonNumber(`-${'1'.repeat(4300)}`).text).toHaveLength(4301);
    expect(() => new JsonNumber('1'.repeat(4301))).toThrow(RangeError);
  });
});
