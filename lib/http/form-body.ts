import { RawBody } from './body-bytes.ts';
import type { Charset } from './charset.ts';
import { FormFields, MAX_FORM_FIELDS, tooManyFields } from './form-fields.ts';
import type { Middleware } from './middleware.ts';
import { percentDecoded } from './percent-encoding.ts';

/**
 * Parses `application/x-www-form-urlencoded` as Django's `QueryDict` does.
 *
 * @throws {RequestError} `body_malformed` for too many fields; anything else is some form
 * @see https://url.spec.whatwg.org/#urlencoded-parsing
 */
export const formBody = (): Middleware => ({
  before: ({ event: request }) => {
    if (!(request.body instanceof RawBody) || request.body.type !== 'application/x-www-form-urlencoded')
      return;
    const { bytes, charset } = request.body;
    const pairs = textOf(bytes, charset).split('&');
    if (pairs.length > MAX_FORM_FIELDS) throw tooManyFields();
    request.body = new FormFields(pairs.filter((pair) => pair !== '').map((pair) => readPair(pair, charset)));
  },
});

/** Bytes that are no text in their charset are taken for Latin-1, as Django takes them. */
function textOf(bytes: Buffer, charset: Charset): string {
  try {
    return charset.decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function readPair(pair: string, charset: Charset): [string, string] {
  const equals = pair.indexOf('=');
  const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  return [unquoted(name, charset), unquoted(value, charset)];
}

/** What is not ASCII stands for itself; the stretches between are bytes. */
function unquoted(text: string, charset: Charset): string {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  return spaced.replace(/[ -~\s]+/g, (ascii) => charset.decodeLossy(percentDecoded(ascii)));
}
