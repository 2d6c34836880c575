/** The bytes of a text in which `%xx` stands for a byte; a percent sign that starts no such pair stays. @see RFC 3986 §2.1 */
export const percentDecoded = (text: string): Buffer =>
  Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
