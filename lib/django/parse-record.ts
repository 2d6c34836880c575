import { parse } from 'lossless-json';

/**
 * A string, or a literal that Python's `json` writes although JSON does not have it. A string that is not terminated ends with the
 * text: from each of its quotes, a search for the end would read the rest again.
 */
const STRING_OR_WORD = /"[^"\\]*(?:\\.[^"\\]*)*"?|-?\bInfinity\b|\bNaN\b/gs;

/**
 * Parses the text of a record. Integers beyond 2^53 become bigints, because a number would round them. `NaN` and `Infinity`,
 * which Python writes, become `Infinity`. If a member name occurs more than once, the last value is used, as in Python.
 *
 * @throws {SyntaxError} if the text is not JSON
 * @throws {RangeError} if it is nested too deeply
 */
export function parseRecord(text: string): unknown {
  const json = /NaN|Infinity/.test(text)
    ? text.replace(STRING_OR_WORD, (found) => (found.startsWith('"') ? found : '1e999'))
    : text;
  return parse(json, null, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
}

function parseNumber(source: string): number | bigint {
  const number = Number(source);
  return /^-?\d+$/.test(source) && !Number.isSafeInteger(number) ? BigInt(source) : number;
}
