/** A character encoding of request bodies. */
export interface Charset {
  /** @throws {TypeError} for bytes that are invalid in this charset */
  decode(bytes: Uint8Array): string;
  /** Replaces invalid bytes with U+FFFD. */
  decodeLossy(bytes: Uint8Array): string;
}

const LATIN_1 = /^(?:latin|iso[-_]?8859)[-_]?1$/i;

/**
 * Returns the charset of a content type. ISO-8859-1 maps each byte to its code point, whereas the Encoding Standard
 * treats that label as windows-1252. An unknown name falls back to UTF-8, as in Django.
 *
 * @param name a label of the Encoding Standard
 * @see https://encoding.spec.whatwg.org/#names-and-labels
 */
export function charsetOf(name = 'utf-8'): Charset {
  if (LATIN_1.test(name)) return { decode: decodeLatin1, decodeLossy: decodeLatin1 };
  try {
    return decoderOf(name);
  } catch {
    return decoderOf('utf-8');
  }
}

const decodeLatin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** A byte order mark stays in the text, as in Django. @throws {RangeError} for an unknown label */
function decoderOf(label: string): Charset {
  const strict = new TextDecoder(label, { ignoreBOM: true, fatal: true });
  const lossy = new TextDecoder(label, { ignoreBOM: true });
  return { decode: (bytes) => strict.decode(bytes), decodeLossy: (bytes) => lossy.decode(bytes) };
}
