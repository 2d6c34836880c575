import { CompressionError, decompress } from './decompress.ts';
import { describeOtherFormat, notUtf8 } from './file-format.ts';
import { parseRecord } from './parse-record.ts';
import { type RecordBytes, RecordSplitter, SplitError } from './record-splitter.ts';

/** A dump that is not a JSON array or JSON lines in UTF-8. The message names its format and the remedy. */
export class DumpSyntaxError extends Error {
  /** The number of records before the error. */
  readonly records: number;

  constructor(reason: string, records: number, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'DumpSyntaxError';
    this.records = records;
  }
}

/** A record of a dump, not validated, and its position, starting at 1. */
export type DumpRecord =
  | { readonly kind: 'parsed'; readonly place: number; readonly value: unknown }
  | {
      readonly kind: 'unreadable';
      readonly place: number;
      /** Why it cannot be parsed. */
      readonly problem: string;
      /** The model, if the text names one. */
      readonly model: string | undefined;
    };

/** In UTF-8. */
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
/** Long enough for log lines before the JSON. */
const HEAD_BYTES = 65_536;

/**
 * Reads the records of a dump one by one: a JSON array or JSON lines, which may be compressed by gzip or zip. Keeps one chunk
 * and one record in memory. Skips a byte order mark at the start, as RFC 8259 §8.1 allows. A record that cannot be parsed does not
 * affect the others.
 *
 * @param path the file that messages name; undefined for standard input
 * @throws {DumpSyntaxError} after the records before the error
 */
export async function* readDump(
  chunks: AsyncIterable<Uint8Array>,
  path?: string,
): AsyncGenerator<DumpRecord> {
  const splitter = new RecordSplitter();
  let count = 0;
  try {
    for await (const chunk of await openText(chunks, path)) {
      for (const record of splitter.push(chunk)) {
        yield toRecord(record, path);
        count += 1;
      }
    }
    for (const record of splitter.end()) yield toRecord(record, path);
  } catch (cause) {
    if (cause instanceof SplitError) {
      const reason = `The JSON is broken or ends too early (line ${splitter.line}).`;
      throw new DumpSyntaxError(reason, count, { cause });
    }
    if (!(cause instanceof CompressionError)) throw cause;
    throw new DumpSyntaxError(cause.message, count, { cause });
  }
}

/** @throws {DumpSyntaxError} for another format @throws {CompressionError} */
async function openText(
  chunks: AsyncIterable<Uint8Array>,
  path: string | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  const file = await withHead(chunks);
  const text = await withHead(decompress(file.chunksFrom(0), file.head));
  if (text.failure !== undefined && text.head.length === 0) throw text.failure.error;
  const other = describeOtherFormat(text.head.subarray(0, HEAD_BYTES), path);
  if (other !== undefined) throw new DumpSyntaxError(other, 0);
  const hasMark = text.head.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return text.chunksFrom(hasMark ? BYTE_ORDER_MARK.length : 0);
}

/** The beginning of a file, and the rest. */
interface FileWithHead {
  readonly head: Buffer;
  /** Reads the file from a position in the head, once. */
  chunksFrom(start: number): AsyncIterable<Uint8Array>;
  /** An error that ended the head. */
  readonly failure: { readonly error: unknown } | undefined;
}

async function withHead(chunks: AsyncIterable<Uint8Array>): Promise<FileWithHead> {
  const iterator = chunks[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let failure: FileWithHead['failure'];
  try {
    for (let length = 0; length < HEAD_BYTES; ) {
      const next = await iterator.next();
      if (next.done) break;
      read.push(next.value);
      length += next.value.byteLength;
    }
  } catch (error) {
    // The records before it are read first.
    failure = { error };
  }
  const head = Buffer.concat(read);
  async function* chunksFrom(start: number): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > start) yield head.subarray(start);
      if (failure !== undefined) throw failure.error;
      yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  }
  return { head, chunksFrom, failure };
}

/** Keeps U+FEFF, which a text may contain. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function toRecord({ place, line, bytes }: RecordBytes, path: string | undefined): DumpRecord {
  if (bytes === undefined) return { kind: 'unreadable', place, problem: TOO_LARGE, model: undefined };
  try {
    return { kind: 'parsed', place, value: parseRecord(UTF8.decode(bytes)) };
  } catch (error) {
    const model = MODEL.exec(bytes.toString('latin1'))?.[1];
    // The parser's message quotes the text, which contains a password hash.
    return { kind: 'unreadable', place, problem: `${reasonOf(error, path)} (line ${line})`, model };
  }
}

function reasonOf(error: unknown, path: string | undefined): string {
  if (error instanceof TypeError) return notUtf8(path);
  return error instanceof RangeError ? 'it is nested too deeply' : 'it is not valid JSON';
}

/** The problem of a record that no item can hold. */
export const TOO_LARGE = 'it is larger than an item may be, 400 KB';
const MODEL = /"model"\s*:\s*"([\w.]+)"/;
