import { setImmediate as nextTurn } from 'node:timers/promises';
import { RequestError } from '../errors.ts';
import type { Charset } from './charset.ts';
import { FormFields, MAX_FORM_FIELDS, tooManyFields, UploadedFile } from './form-fields.ts';
import { parseHeaderValue } from './header-value.ts';

interface Part {
  /** By lower-case name; each character is one byte. */
  headers: ReadonlyMap<string, string>;
  readonly chunks: Buffer[];
}

/** As in Python's `cgi` module. @see RFC 2046 §5.1.1 */
const BOUNDARY = /^[ -~]{0,200}[!-~]$/;

/**
 * The parser receives all bytes at once. If it has not finished after this many turns of the event loop, it never will.
 */
const MAX_TURNS = 1000;

/**
 * Parses `multipart/form-data` as Django does: the last value of a name is used, a file replaces a text field of the
 * same name, and parts without a name are ignored.
 *
 * @throws {RequestError} `body_malformed`
 * @see RFC 7578
 */
export async function parseMultipart(
  bytes: Buffer,
  charset: Charset,
  contentType: string,
): Promise<FormFields> {
  const { parts, isComplete } = await split(bytes, boundaryOf(contentType));
  if (parts.length > MAX_FORM_FIELDS) throw tooManyFields();
  const fields = parts.flatMap((part) => fieldOf(part, charset));
  const isFile = ([, value]: (typeof fields)[number]) => value instanceof UploadedFile;
  return new FormFields([...fields.filter((field) => !isFile(field)), ...fields.filter(isFile)], isComplete);
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

async function split(bytes: Buffer, boundary: string): Promise<{ parts: Part[]; isComplete: boolean }> {
  // Loaded on first use, because most clients send JSON. A bundle exports only `default` of a CommonJS package that
  // `import()` loads.
  const { default: busboy } = await import('@fastify/busboy');
  const parts: Part[] = [];
  let isComplete = true;
  let hasEnded = false;
  const parser = new busboy.Dicer({ boundary });
  parser.on('part', (stream) => {
    const part: Part = { headers: new Map(), chunks: [] };
    parts.push(part);
    stream.on('header', (headers) => {
      part.headers = lastValues(headers);
    });
    stream.on('data', (chunk) => part.chunks.push(Buffer.from(chunk)));
    // The parser emits the same error. Without a listener on the stream, the process would crash.
    stream.on('error', () => {});
  });
  parser.on('error', () => {
    isComplete = false;
  });
  parser.on('finish', () => {
    hasEnded = true;
  });
  parser.end(bytes);
  for (let turn = 0; turn < MAX_TURNS && !hasEnded; turn += 1) await nextTurn();
  return { parts, isComplete: isComplete && hasEnded };
}

const lastValues = (headers: object): Map<string, string> =>
  new Map(
    Object.entries(headers).flatMap(([name, values]: [string, unknown]): [string, string][] => {
      const last: unknown = Array.isArray(values) ? values.at(-1) : undefined;
      return typeof last === 'string' ? [[name, last]] : [];
    }),
  );

function fieldOf({ headers, chunks }: Part, charset: Charset): [string, string | UploadedFile][] {
  const { parameters } = parseHeaderValue(headers.get('content-disposition') ?? '');
  const name = parameters.get('name');
  if (name === undefined) return [];
  const fieldName = charset.decodeLossy(Buffer.from(name.trim(), 'latin1'));
  const fileName = parameters.get('filename');
  if (fileName) {
    const base = fileName.split(/[/\\]/).at(-1) ?? '';
    return ['', '.', '..'].includes(base) ? [] : [[fieldName, new UploadedFile()]];
  }
  const bytes = Buffer.concat(chunks);
  const encoding = parseHeaderValue(headers.get('content-transfer-encoding') ?? '').value;
  return [[fieldName, charset.decodeLossy(encoding === 'base64' ? decodeBase64(bytes) : bytes)]];
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
