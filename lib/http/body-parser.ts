import { RequestError } from '../errors.ts';
import { type Charset, charsetOf } from './charset.ts';
import { parseForm } from './form-body.ts';
import { parseHeaderValue } from './header-value.ts';
import { parseJson } from './json-body.ts';
import type { Middleware } from './middleware.ts';
import { parseMultipart } from './multipart-body.ts';
import type { HttpRequest } from './request.ts';

const MAX_BODY_BYTES = 64 * 1024;
const METHODS_WITHOUT_BODY: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

type Parser = (bytes: Buffer, charset: Charset, contentType: string) => unknown;

/** The parsers by media type. If a wildcard matches several, the first one is used. */
const PARSERS: readonly (readonly [string, Parser])[] = [
  ['application/json', parseJson],
  ['application/x-www-form-urlencoded', parseForm],
  ['multipart/form-data', parseMultipart],
];

/** The media types of bodies. */
export const MEDIA_TYPES = PARSERS.map(([type]) => type);

/**
 * Parses the body by its content type, as Django REST framework does. An empty body becomes an empty object, and so
 * does the body of a GET, HEAD or OPTIONS request.
 *
 * @throws {RequestError} `media_type_unsupported`, `body_too_large`, `body_malformed`
 */
export const bodyParser = (): Middleware => ({
  before: async ({ event }) => {
    event.body = METHODS_WITHOUT_BODY.includes(event.method) ? {} : await parseBody(event);
  },
});

async function parseBody({ body, isBase64Encoded, headers }: HttpRequest): Promise<unknown> {
  const bytes = Buffer.from(typeof body === 'string' ? body : '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length === 0) return {};
  const contentType = headers['content-type'] ?? '';
  const { value, parameters } = parseHeaderValue(contentType);
  const parser = findParser(value);
  if (parser === undefined) {
    throw new RequestError('media_type_unsupported', `Unsupported media type "${contentType}" in request.`);
  }
  if (bytes.length > MAX_BODY_BYTES) {
    throw new RequestError('body_too_large', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  return parser(bytes, charsetOf(parameters.get('charset')), contentType);
}

function findParser(mediaType: string): Parser | undefined {
  const found = PARSERS.find(([candidate]) => {
    const [type, subtype] = candidate.split('/');
    return [candidate, `${type}/*`, `*/${subtype}`, '*/*'].includes(mediaType);
  });
  return found?.[1];
}
