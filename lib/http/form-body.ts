import { RequestError } from '../errors.ts';
import type { Charset } from './charset.ts';
import { percentDecoded } from './header-value.ts';

/** Django's limit. @see https://docs.djangoproject.com/en/stable/ref/settings/#data-upload-max-number-fields */
export const MAX_FORM_FIELDS = 1000;

/** An uploaded file. No route accepts files, so the content is discarded. */
export class UploadedFile {
  /** Without its folder. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The fields of a form. If a name occurs more than once, the last value is used. */
export class FormFields extends Map<string, string | UploadedFile> {}

export const tooManyFields = (): RequestError =>
  new RequestError('body_malformed', `The form has more than ${MAX_FORM_FIELDS} fields.`);

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
