import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { NotFoundError } from '../errors.ts';
import { memoizeAsync } from '../memoize-async.ts';
import { conditionalResponse, etagOf } from './conditional-response.ts';
import type { HttpRequest } from './request.ts';
import type { HttpResponse } from './responses.ts';

/** A file that a function serves. */
export interface ServedFile {
  /** The value of `Content-Type`. */
  readonly type: string;
  read(): Promise<Uint8Array>;
}

interface LoadedFile {
  readonly bytes: Buffer;
  readonly zipped: Buffer;
  readonly etag: string;
}

/** Returns whether a list of encodings contains gzip with a weight other than 0 (RFC 9110 §12.5.3). */
const acceptsGzip = (accepted: string): boolean =>
  accepted.split(',').some((item) => {
    const [coding, ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return coding === 'gzip' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });

/**
 * Creates a function that serves a fixed set of files by name. A browser caches a file and asks whether it has changed.
 * Bodies are compressed if the client accepts it. Each file is read once.
 *
 * @param headers the headers of every response with a file
 * @returns a function that throws {@link NotFoundError} for an unknown name
 * @see RFC 9110 §8.8.1 (a weak tag is valid for all encodings), §12.5.5 (Vary)
 */
export function createFileServer(
  files: ReadonlyMap<string, ServedFile>,
  headers: Readonly<Record<string, string>>,
): (request: HttpRequest, name: string) => Promise<HttpResponse> {
  const loaders = new Map(
    [...files].map(([name, file]) => [name, { type: file.type, load: memoizeAsync(() => load(file)) }]),
  );
  return async (request, name) => {
    const file = loaders.get(name);
    if (file === undefined) throw new NotFoundError();
    const { bytes, zipped, etag } = await file.load();
    const isZipped = acceptsGzip(request.header('accept-encoding') ?? '');
    const response = conditionalResponse(request, {
      body: (isZipped ? zipped : bytes).toString('base64'),
      type: file.type,
      headers: { ...headers, ETag: etag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' },
    });
    if (response.status === 304) return response;
    return {
      ...response,
      headers: { ...response.headers, ...(isZipped && { 'Content-Encoding': 'gzip' }) },
      isBase64Encoded: true,
    };
  };
}

async function load(file: ServedFile): Promise<LoadedFile> {
  const bytes = Buffer.from(await file.read());
  return { bytes, zipped: await promisify(gzip)(bytes), etag: `W/${etagOf(bytes)}` };
}
