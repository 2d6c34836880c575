import { RequestError } from '../errors.ts';
import { type Charset, charsetOf } from './charset.ts';
import { parseHeaderValue } from './header-value.ts';
import { type ParsedMediaType, parsedMediaTypeOf } from './media-type.ts';
import type { Middleware } from './middleware.ts';
import type { HttpRequest } from './request.ts';

const MAX_BODY_BYTES = 64 * 1024;
const BODILESS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** A body before it is parsed. */
export class RawBody {
  readonly type: ParsedMediaType;
  readonly bytes: Buffer;
  /** The `Content-Type` as it was sent. */
  readonly contentType: string;

  constructor(type: ParsedMediaType, bytes: Buffer, contentType: string) {
    this.type = type;
    this.bytes = bytes;
    this.contentType = contentType;
  }

  /** The parameters of the content type, by names in lower case. */
  get parameters(): ReadonlyMap<string, string> {
    return parseHeaderValue(this.contentType).parameters;
  }

  get charset(): Charset {
    return charsetOf(this.parameters.get('charset'));
  }
}

/**
 * Takes the body out of its transport form: an empty one, or one of a method that has none, is an empty object; any
 * other is bytes that one of the parsers below knows.
 *
 * @throws {RequestError} `media_type_unsupported`, `body_too_large`
 */
export const bodyBytes = (): Middleware => ({
  before: ({ event }) => {
    event.body = BODILESS.includes(event.method) ? {} : readBody(event);
    event.isBase64Encoded = false;
    // From here on it says what is left to parse; see the middleware of JSON.
    delete event.headers['content-type'];
  },
});

function readBody({ body, isBase64Encoded, headers }: HttpRequest): RawBody | object {
  const bytes = Buffer.from(typeof body === 'string' ? body : '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length === 0) return {};
  const contentType = headers['content-type'] ?? '';
  const type = parsedMediaTypeOf(contentType);
  if (type === undefined) {
    throw new RequestError('media_type_unsupported', `Unsupported media type "${contentType}" in request.`);
  }
  if (bytes.length > MAX_BODY_BYTES) {
    throw new RequestError('body_too_large', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  return new RawBody(type, bytes, contentType);
}
