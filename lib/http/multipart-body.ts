import { setImmediate as nextTurn } from 'node:timers/promises';
import { RequestError } from '../errors.ts';
import { RawBody } from './body-bytes.ts';
import type { Charset } from './charset.ts';
import { FormFields, MAX_FORM_FIELDS, tooManyFields, UploadedFile } from './form-fields.ts';
import { parseHeaderValue } from './header-value.ts';
import type { Middleware } from './middleware.ts';

interface Part {
  /** By names in lower case; one character a byte. */
  headers: ReadonlyMap<string, string>;
  readonly chunks: Buffer[];
}

/** As Python's `cgi` has it. @see RFC 2046 §5.1.1 */
const BOUNDARY = /^[ -~]{0,200}[!-~]$/;

/** All bytes are there from the start, so a parser that has not ended after as many turns of the loop never will. */
const MAX_TURNS = 1000;

/**
 * Parses `multipart/form-data` as Django does: last values, files over texts, parts without a name left out.
 *
 * @throws {RequestError} `body_malformed`
 * @see RFC 7578
 */
export const multipartBody = (): Middleware => ({
  before: async ({ event: request }) => {
    if (!(request.body instanceof RawBody) || request.body.type !== 'multipart/form-data') return;
    const { bytes, charset } = request.body;
    const { parts, isComplete } = await split(bytes, boundaryOf(request.body));
    if (parts.length > MAX_FORM_FIELDS) throw tooManyFields();
    const fields = parts.flatMap((part) => fieldOf(part, charset));
    const isFile = ([, value]: (typeof fields)[number]) => value instanceof UploadedFile;
    request.body = new FormFields(
      [...fields.filter((field) => !isFile(field)), ...fields.filter(isFile)],
      isComplete,
    );
  },
});

const malformed = (reason: string): RequestError =>
  new RequestError('body_malformed', `Multipart form parse error - ${reason}`);

function boundaryOf({ contentType, parameters }: RawBody): string {
  if (!contentType.startsWith('multipart/')) throw malformed(`Invalid Content-Type: ${contentType}`);
  if (/[^\0-\x7f]/.test(contentType)) {
    throw malformed(`Invalid non-ASCII Content-Type in multipart: ${contentType}`);
  }
  const boundary = parameters.get('boundary');
  if (boundary === undefined || !BOUNDARY.test(boundary)) {
    throw malformed(`Invalid boundary in multipart: ${boundary ?? 'None'}`);
  }
  return boundary;
}

async function split(bytes: Buffer, boundary: string): Promise<{ parts: Part[]; isComplete: boolean }> {
  // Loaded on first use, because most clients send JSON. Of a CommonJS package that is loaded by `import()`, a bundle
  // exports only `default`.
  const { default: busboy } = await import('@fastify/busboy');
  const parts: Part[] = [];
  let isComplete = true;
  let hasEnded = false;
  const parser = new busboy.Dicer({ boundary });
  parser.on('part', (stream) => {
    const part: Part = { headers: new Map(), chunks: [] };
    parts.push(part);
    stream.on('header', (headers) => {
      part.headers = lastOfEach(headers);
    });
    stream.on('data', (chunk) => part.chunks.push(Buffer.from(chunk)));
    // The parser reports the same, but without a listener it would end the process.
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

const lastOfEach = (headers: object): Map<string, string> =>
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
  return [[fieldName, charset.decodeLossy(encoding === 'base64' ? fromBase64(bytes) : bytes)]];
}

/** Characters outside the alphabet do not count; what is no base64 even so is taken as it is, as Python and Django do. */
function fromBase64(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, '');
  const isWhole = /^(?:[^=]{4})*(?:$|[^=]{2}==|[^=]{3}=)/.test(text);
  return isWhole ? Buffer.from(text, 'base64') : bytes;
}
