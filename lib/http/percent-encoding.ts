/** Decodes `%xx` to bytes. Keeps a percent sign that is not followed by two hexadecimal digits. @see RFC 3986 §2.1 */
export const percentDecoded = (text: string): Buffer =>
  Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
