/** Characters outside printable ASCII that `JSON.stringify` does not escape. */
const NOT_ASCII = /[\u007f-\uffff]/g;

/**
 * Writes a value as JSON in ASCII, with the same bytes as Python's `json.dumps(value, separators=(',', ':'))`: other
 * characters are escaped as `\uxxxx` in lower case, those beyond U+FFFF as a surrogate pair. PyJWT 1.7 writes claims in
 * this form. Clients read them with `JSON.parse(atob(payload))`, which treats each byte as a character.
 *
 * @see https://docs.python.org/3/library/json.html#json.dumps (`ensure_ascii`)
 */
export const stringifyAscii = (value: object): string =>
  JSON.stringify(value).replace(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
