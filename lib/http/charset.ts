/** A character encoding of request bodies. */
export interface Charset {
  /** @throws {TypeError} for bytes that are invalid in this charset */
  decode(bytes: Uint8Array): string;
  /** Replaces invalid bytes with U+FFFD. */
  decodeLossy(bytes: Uint8Array): string;
}

const LATIN_1 = /^(?:latin|iso[-_]?8859)[-_]?1$/i;
const UTF_16 = /^utf[-_]?16$/i;

/**
 * Returns the charset of a content type. ISO-8859-1 maps each byte to its code point, whereas the Encoding Standard
 * treats that label as windows-1252. A byte order mark determines the byte order of UTF-16 and is removed (RFC 2781 §4.3). An
 * unknown name falls back to UTF-8, as in Django.
 *
 * @param name a label of the Encoding Standard
 * @see https://encoding.spec.whatwg.org/#names-and-labels
 */
export function charsetOf(name = 'utf-8'): Charset {
  if (LATIN_1.test(name)) return { decode: decodeLatin1, decodeLossy: decodeLatin1 };
  if (UTF_16.test(name)) {
    return {
      decode: (bytes) => utf16Of(bytes).decode(bytes),
      decodeLossy: (bytes) => utf16Of(bytes).decodeLossy(bytes),
    };
  }
  try {
    return decoderOf(name);
  } catch {
    return decoderOf('utf-8');
  }
}

const decodeLatin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const utf16Of = ([first, second]: Uint8Array): Charset =>
  decoderOf(first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-16le', false);

/** @param ignoreBOM whether a byte order mark stays in the text, as in Django. @throws {RangeError} for an unknown label */
function decoderOf(label: string, ignoreBOM = true): Charset {
  const strict = new TextDecoder(label, { ignoreBOM, fatal: true });
  const lossy = new TextDecoder(label, { ignoreBOM });
  return { decode: (bytes) => strict.decode(bytes), decodeLossy: (bytes) => lossy.decode(bytes) };
}
