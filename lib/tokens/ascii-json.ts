/** Everything outside the printable characters of ASCII that `JSON.stringify` leaves as it is. */
const NOT_ASCII = /[\u007f-\uffff]/g;

/**
 * Writes a value as JSON in ASCII, with the same bytes as Python's `json.dumps(value, separators=(',', ':'))`: other
 * characters are escaped as `\uxxxx` in lower case, those beyond U+FFFF as a surrogate pair. PyJWT 1.7 writes claims so,
 * and clients read them with `JSON.parse(atob(payload))`, which takes each byte for a character.
 *
 * @see https://docs.python.org/3/library/json.html#json.dumps (`ensure_ascii`)
 */
export const stringifyAscii = (value: object): string =>
  JSON.stringify(value).replace(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
