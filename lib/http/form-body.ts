import type { Charset } from './charset.ts';
import { FormFields, MAX_FORM_FIELDS, tooManyFields } from './form-fields.ts';
import { percentDecoded } from './percent-encoding.ts';

/**
 * Parses `application/x-www-form-urlencoded` as Django's `QueryDict` does. Every text is a valid form.
 *
 * @throws {RequestError} `body_malformed` for too many fields
 * @see https://url.spec.whatwg.org/#urlencoded-parsing
 */
export function parseForm(bytes: Buffer, charset: Charset): FormFields {
  const pairs = decode(bytes, charset).split('&');
  if (pairs.length > MAX_FORM_FIELDS) throw tooManyFields();
  return new FormFields(pairs.filter((pair) => pair !== '').map((pair) => parsePair(pair, charset)));
}

/** Bytes that are invalid in their charset are read as Latin-1, as in Django. */
function decode(bytes: Buffer, charset: Charset): string {
  try {
    return charset.decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function parsePair(pair: string, charset: Charset): [string, string] {
  const equals = pair.indexOf('=');
  const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  return [unquote(name, charset), unquote(value, charset)];
}

/** Decodes the ASCII parts of a text and leaves other characters unchanged. */
function unquote(text: string, charset: Charset): string {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  return spaced.replace(/[ -~\s]+/g, (ascii) => charset.decodeLossy(percentDecoded(ascii)));
}
