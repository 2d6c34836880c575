import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { stringifyAscii } from '../../lib/tokens/ascii-json.ts';

const file = new URL('../data/python-json-vectors.json', import.meta.url);
const { vectors } = v.parse(
  v.object({ vectors: v.array(v.object({ text: v.string(), json: v.string() })) }),
  JSON.parse(readFileSync(file, 'utf8')),
);

describe('stringifyAscii', () => {
  it.each(vectors)('writes $json as Python does', ({ text, json }) => {
    expect(stringifyAscii({ [text]: [text] })).toBe(`{${json}:[${json}]}`);
  });

  it('escapes a lone surrogate in lower case', () => {
    expect(stringifyAscii(['\ud83d', '\udE00'])).toBe('["\\ud83d","\\ude00"]');
  });
});
