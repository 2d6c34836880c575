import { describe, expect, it } from 'vitest';
import { stringifyLikeDjango } from '../../lib/posts/django-json.ts';

describe('stringifyLikeDjango', () => {
  it.each([
    [[], '[]'],
    [{}, '{}'],
    [{ a: 1, b: [true, null] }, '{"a": 1, "b": [true, null]}'],
    // Computed by json.dumps of Python with ensure_ascii=False.
    ['"\\\b\f\n\r\t\0\u001f\u007f/\u2028é🔑', '"\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\u007f/\u2028é🔑"'],
  ])('writes %j as Python does', (value, json) => {
    expect(stringifyLikeDjango(value)).toBe(json);
    expect(JSON.parse(json)).toEqual(value);
  });
});
