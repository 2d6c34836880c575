/** How bytes become text. */
export interface Charset {
  /** @throws {TypeError} for bytes that are no text in it */
  decode(bytes: Uint8Array): string;
  /** Puts U+FFFD where bytes are no text. */
  decodeLossy(bytes: Uint8Array): string;
}

/** A charset by its label. @throws {RangeError} for one that the Encoding Standard does not know */
function encoding(label: string, options: { ignoreBOM?: boolean } = {}): Charset {
  const strict = new TextDecoder(label, { ...options, fatal: true });
  const lossy = new TextDecoder(label, options);
  return { decode: (bytes) => strict.decode(bytes), decodeLossy: (bytes) => lossy.decode(bytes) };
}

/** A charset of one byte a character: Latin-1, but for some bytes. U+FFFD stands for a byte that is no text. */
function singleByte(different: ReadonlyMap<number, string>): Charset {
  const decodeLossy = (bytes: Uint8Array) =>
    Array.from(bytes, (byte) => different.get(byte) ?? String.fromCharCode(byte)).join('');
  const decode = (bytes: Uint8Array) => {
    const text = decodeLossy(bytes);
    if (text.includes('\ufffd')) throw new TypeError('a byte that is no text in this charset');
    return text;
  };
  return { decode, decodeLossy };
}

const from = (first: number, characters: string): ReadonlyMap<number, string> =>
  new Map(Array.from(characters, (character, index) => [first + index, character]));

const utf8 = (): Charset => encoding('utf-8', { ignoreBOM: true });
const latin1 = (): Charset => singleByte(new Map());
const ascii = (): Charset => singleByte(from(128, '\ufffd'.repeat(128)));

/** Node's own decoder of this name leaves these bytes as they are. @see https://github.com/nodejs/node/issues/56542 */
const windows1252 = (): Charset =>
  singleByte(from(128, '€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ'));

/** Takes its byte order from the mark at its start, which Python insists on. */
const utf16 = (): Charset => ({
  decode: (bytes) => {
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return encoding('utf-16be').decode(bytes);
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return encoding('utf-16le').decode(bytes);
    throw new TypeError('no byte order mark');
  },
  decodeLossy: (bytes) => encoding('utf-16le').decodeLossy(bytes),
});

/** Names that mean something else to Python than to the Encoding Standard, or nothing to the latter. */
const OF_PYTHON: Readonly<Record<string, () => Charset>> = {
  ...named(utf8, 'utf8', 'u8', 'utf'),
  ...named(() => encoding('utf-8'), 'utf8sig'),
  ...named(utf16, 'utf16', 'u16'),
  ...named(() => encoding('utf-16le', { ignoreBOM: true }), 'utf16le'),
  ...named(() => encoding('utf-16be', { ignoreBOM: true }), 'utf16be'),
  ...named(latin1, 'latin1', 'latin', 'l1', 'iso88591', '8859', 'cp819'),
  ...named(ascii, 'ascii', 'usascii', '646'),
  ...named(windows1252, 'cp1252', 'windows1252'),
  ...named(() => encoding('euc-kr'), 'cp949', 'uhc', 'ms949'),
  ...named(() => encoding('shift_jis'), 'cp932'),
};

function named(charset: () => Charset, ...names: string[]): Record<string, () => Charset> {
  return Object.fromEntries(names.map((name) => [name, charset]));
}

/**
 * Finds a charset by the name it has in a content type. One without a name or with an unknown one is UTF-8, as it is
 * to Django.
 *
 * @see https://docs.python.org/3/library/codecs.html#standard-encodings, https://encoding.spec.whatwg.org/#names-and-labels
 */
export function charsetOf(name = 'utf-8'): Charset {
  const key = name.toLowerCase().replace(/[-_ ]/g, '');
  const known = Object.hasOwn(OF_PYTHON, key) ? OF_PYTHON[key] : undefined;
  if (known !== undefined) return known();
  try {
    return encoding(name.replaceAll('_', '-'));
  } catch {
    return utf8();
  }
}
