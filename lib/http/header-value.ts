import { percentDecoded } from './percent-encoding.ts';

/** A header value with parameters, read. */
export interface HeaderValue {
  /** What stands before the parameters, in lower case. */
  readonly value: string;
  /** By names in lower case; the last of one name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A stretch without a semicolon, but for those in quotes. */
const STRETCH = /(?:[^;"]|"[^"]*"?)+/g;

/**
 * Reads a value such as `multipart/form-data; boundary=x` as leniently as Django does.
 *
 * @see RFC 9110 §5.6.6 (parameters), RFC 8187 (`name*`)
 */
export function parseHeaderValue(text: string): HeaderValue {
  const stretches = text.match(STRETCH) ?? [];
  // A text that starts with a semicolon has parameters only.
  const [value = '', ...rest] = text.startsWith(';') ? ['', ...stretches] : stretches;
  return {
    value: value.trim().toLowerCase(),
    parameters: new Map(rest.flatMap((stretch) => parameterOf(stretch))),
  };
}

function parameterOf(stretch: string): [string, string][] {
  const equals = stretch.indexOf('=');
  if (equals < 0) return [];
  const name = stretch.slice(0, equals).trim().toLowerCase();
  const value = unquoted(stretch.slice(equals + 1).trim());
  if (!name.endsWith('*')) return [[name, value]];
  const [, , encoded, ...more] = value.split("'");
  const isEncoded = encoded !== undefined && more.length === 0;
  return [[name.slice(0, -1), isEncoded ? percentDecoded(encoded).toString() : value]];
}

const unquoted = (value: string): string =>
  value.length >= 2 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1).replaceAll('\\\\', '\\').replaceAll('\\"', '"')
    : value;
