/**
 * Returns whether Python treats a character as white space: Unicode white space and the four ASCII separators, but not
 * U+FEFF, U+180E or U+200B.
 */
const isSpace = (character: string): boolean =>
  /\p{White_Space}/u.test(character) || (character >= '\u001c' && character <= '\u001f');

/** Matches a text with a character that is not white space. `\s` lacks U+0085 and the separators, and has U+FEFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python treats four of them as white space.
export const NOT_BLANK = /[^\s\x1c-\x1f\x85]|\ufeff/;

/**
 * Removes leading and trailing white space as Python's `str.strip` does, in linear time.
 *
 * @see https://docs.python.org/3/library/stdtypes.html#str.strip
 */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charAt(start))) start += 1;
  while (end > start && isSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
