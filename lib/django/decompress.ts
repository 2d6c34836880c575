import { pipeline, Readable } from 'node:stream';
import { crc32, createGunzip } from 'node:zlib';
import { Unzip, UnzipInflate } from 'fflate';
import { isOwnFile, ZipDirectory } from './zip-directory.ts';

/** Compressed data that cannot be read. The message is a sentence. */
export class CompressionError extends Error {}

/**
 * Decompresses a file piece by piece, if its first bytes are those of gzip or zip.
 *
 * @throws {CompressionError}
 */
export function decompress(chunks: AsyncIterable<Uint8Array>, head: Buffer): AsyncIterable<Uint8Array> {
  if (head[0] === 0x1f && head[1] === 0x8b) return gunzip(chunks);
  return head.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004' ? unzip(chunks) : chunks;
}

/** @see RFC 1952 */
async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzipped = pipeline(Readable.from(chunks), createGunzip(), () => {
    // Reading the result throws the error.
  });
  try {
    yield* gunzipped;
  } catch (cause) {
    const isDamaged = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_');
    throw isDamaged ? new CompressionError('The gzip file is damaged or ends too early.', { cause }) : cause;
  }
}

const UNZIP_AND_LOAD = 'Unzip it, and load its files by name.';
const ZIP_DAMAGED = `The zip archive is damaged, incomplete, encrypted, or not compressed by deflate. ${UNZIP_AND_LOAD}`;

/** Decompresses the only file of an archive, and compares its checksum at the end. */
async function* unzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const output: Uint8Array[] = [];
  let problem: string | undefined;
  let files = 0;
  let complete = 0;
  let checksum = 0;
  const directory = new ZipDirectory();
  const archive = new Unzip((file) => {
    if (!isOwnFile(file.name)) return;
    files += 1;
    if (files > 1) problem ??= `The zip archive contains several files. ${UNZIP_AND_LOAD}`;
    file.ondata = (error, data, isLast) => {
      if (error) problem ??= ZIP_DAMAGED;
      else if (files === 1) {
        checksum = crc32(data, checksum);
        output.push(data);
      }
      if (isLast) complete += 1;
    };
    file.start();
  });
  archive.register(UnzipInflate);
  const push = (chunk: Uint8Array, isLast: boolean) => {
    try {
      archive.push(chunk, isLast);
    } catch (cause) {
      throw new CompressionError(ZIP_DAMAGED, { cause });
    }
  };
  const taken = function* () {
    if (problem !== undefined) throw new CompressionError(problem);
    yield* output.splice(0);
  };
  for await (const chunk of chunks) {
    directory.add(chunk);
    push(chunk, false);
    yield* taken();
  }
  push(new Uint8Array(0), true);
  yield* taken();
  if (files === 0) throw new CompressionError('The zip archive contains no file.');
  if (complete < files || directory.findChecksum() !== checksum) throw new CompressionError(ZIP_DAMAGED);
}
