/** White space of Python's `str`: Unicode's, and the four separators of ASCII. Not U+FEFF, U+180E or U+200B. */
const isSpace = (character: string): boolean =>
  /\p{White_Space}/u.test(character) || (character >= '\u001c' && character <= '\u001f');

/**
 * Removes white space from both ends of a text as Python's `str.strip` does, in time proportional to the text.
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
