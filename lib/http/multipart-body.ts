import { RequestError } from '../errors.ts';
import type { Charset } from './charset.ts';
import { FormFields, MAX_FORM_FIELDS, tooManyFields, UploadedFile } from './form-body.ts';
import { parseHeaderValue } from './header-value.ts';

interface Part {
  /** By lower-case name, as `name: value; parameters`; each character is one byte. */
  readonly headers: ReadonlyMap<string, string>;
  readonly content: Buffer;
  /** Whether another piece follows. Django drops a file that is the last piece, because it may be cut off. */
  readonly isFollowed: boolean;
}

/** As in Python's `cgi` module. @see RFC 2046 §5.1.1 */
const BOUNDARY = /^[ -~]{0,200}[!-~]$/;

/** Django looks for the headers of a part in this many bytes. */
const MAX_HEADER_BYTES = 1024;
const HEADERS_END = '\r\n\r\n';

/**
 * Parses `multipart/form-data` as Django does: the last value of a name counts, a file replaces a text of the same name,
 * and parts without a name are ignored. Like Django, does not require the closing delimiter, which some clients leave out.
 *
 * @throws {RequestError} `body_malformed`
 * @see RFC 7578, and `django.http.multipartparser`
 */
export function parseMultipart(bytes: Buffer, charset: Charset, contentType: string): FormFields {
  const parts = split(bytes, boundaryOf(contentType));
  const fields = parts.flatMap((part) => fieldOf(part, charset));
  const isFile = ([, value]: (typeof fields)[number]) => value instanceof UploadedFile;
  return new FormFields([...fields.filter((field) => !isFile(field)), ...fields.filter(isFile)]);
}

const malformed = (reason: string): RequestError =>
  new RequestError('body_malformed', `Multipart form parse error - ${reason}`);

function boundaryOf(contentType: string): string {
  if (!contentType.startsWith('multipart/')) throw malformed(`Invalid Content-Type: ${contentType}`);
  if (/[^\0-\x7f]/.test(contentType)) {
    throw malformed(`Invalid non-ASCII Content-Type in multipart: ${contentType}`);
  }
  const boundary = parseHeaderValue(contentType).parameters.get('boundary');
  if (boundary === undefined || !BOUNDARY.test(boundary)) {
    throw malformed(`Invalid boundary in multipart: ${boundary ?? 'None'}`);
  }
  return boundary;
}

/** Splits a body at each delimiter, even in the middle of a line. A piece without headers is not a part. */
function split(bytes: Buffer, boundary: string): Part[] {
  // A character of Latin-1 is a byte.
  const pieces = bytes.toString('latin1').split(`--${boundary}`);
  const count = pieces.at(-1) === '' ? pieces.length - 1 : pieces.length;
  const parts: Part[] = [];
  for (const [index, whole] of pieces.entries()) {
    const piece = index < pieces.length - 1 ? whole.replace(/\r?\n?$/, '') : whole;
    const headersEnd = piece.slice(0, MAX_HEADER_BYTES).indexOf(HEADERS_END);
    if (headersEnd < 0) continue;
    if (parts.length === MAX_FORM_FIELDS) throw tooManyFields();
    parts.push({
      headers: headersOf(piece.slice(0, headersEnd)),
      content: Buffer.from(piece.slice(headersEnd + HEADERS_END.length), 'latin1'),
      isFollowed: index < count - 1,
    });
  }
  return parts;
}

const headersOf = (block: string): Map<string, string> =>
  new Map(
    block.split('\r\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon).trimStart().toLowerCase(), line.slice(colon + 1)]];
    }),
  );

function fieldOf(
  { headers, content, isFollowed }: Part,
  charset: Charset,
): [string, string | UploadedFile][] {
  const { parameters } = parseHeaderValue(headers.get('content-disposition') ?? '');
  const name = parameters.get('name');
  if (name === undefined) return [];
  const fieldName = charset.decodeLossy(Buffer.from(name.trim(), 'latin1'));
  const fileName = parameters.get('filename');
  if (fileName) {
    const base = fileName.split(/[/\\]/).at(-1) ?? '';
    return !isFollowed || ['', '.', '..'].includes(base) ? [] : [[fieldName, new UploadedFile(base)]];
  }
  const encoding = parseHeaderValue(headers.get('content-transfer-encoding') ?? '').value;
  return [[fieldName, charset.decodeLossy(encoding === 'base64' ? decodeBase64(content) : content)]];
}

/**
 * Decodes base64 and ignores characters outside its alphabet. Returns the bytes unchanged if the rest is not base64, as
 * Django does.
 */
function decodeBase64(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, '');
  const isValid = /^(?:[^=]{4})*(?:$|[^=]{2}==|[^=]{3}=)/.test(text);
  return isValid ? Buffer.from(text, 'base64') : bytes;
}
