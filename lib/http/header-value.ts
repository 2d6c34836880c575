/** A header value with its parameters. */
export interface HeaderValue {
  /** The part before the parameters, in lower case. */
  readonly value: string;
  /** By lower-case name. If a name occurs more than once, the last value is used. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A part of the value: no semicolons, except in quotes. */
const PART = /(?:[^;"]|"[^"]*"?)+/g;

/**
 * Parses a value such as `multipart/form-data; boundary=x` as leniently as Django does.
 *
 * @see RFC 9110 §5.6.6 (parameters), RFC 8187 (`name*`)
 */
export function parseHeaderValue(text: string): HeaderValue {
  const parts = text.match(PART) ?? [];
  // A text that starts with a semicolon has no value, only parameters.
  const [value = '', ...rest] = text.startsWith(';') ? ['', ...parts] : parts;
  return {
    value: value.trim().toLowerCase(),
    parameters: new Map(rest.flatMap((part) => parameterOf(part))),
  };
}

function parameterOf(part: string): [string, string][] {
  const equals = part.indexOf('=');
  if (equals < 0) return [];
  const name = part.slice(0, equals).trim().toLowerCase();
  const value = unquoted(part.slice(equals + 1).trim());
  if (!name.endsWith('*')) return [[name, value]];
  const [, , encoded, ...more] = value.split("'");
  const isEncoded = encoded !== undefined && more.length === 0;
  return [[name.slice(0, -1), isEncoded ? percentDecoded(encoded).toString() : value]];
}

const unquoted = (value: string): string =>
  value.length >= 2 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1).replaceAll('\\\\', '\\').replaceAll('\\"', '"')
    : value;

/** Decodes `%xx` to bytes. Keeps a percent sign that is not followed by two hexadecimal digits. @see RFC 3986 §2.1 */
export const percentDecoded = (text: string): Buffer =>
  Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
