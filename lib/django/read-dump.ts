import { gen, none } from 'stream-chain/core';
import { jsonParser, type Token } from 'stream-json/core/parser.js';
import { streamArray } from 'stream-json/core/streamers/stream-array.js';

/** A dump that is not a JSON array in UTF-8. */
export class DumpSyntaxError extends Error {
  /** The number of complete records before the error. */
  readonly records: number;

  constructor(reason: string, records: number, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'DumpSyntaxError';
    this.records = records;
  }
}

/** A record of a dump, not validated, and its position, starting at 1. */
export interface DumpRecord {
  readonly place: number;
  readonly value: unknown;
}

const BYTE_ORDER_MARK = '\ufeff';
const NOT_AN_ARRAY = 'A dump is a JSON array of records.';
const BROKEN = 'The JSON is broken or ends too early.';

/**
 * Reads the records of a dump one by one. Keeps one chunk and one record in memory. Skips a byte order mark at the start, as
 * RFC 8259 §8.1 allows.
 *
 * @throws {DumpSyntaxError} after the records before the error
 */
export async function* readDump(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<DumpRecord> {
  const parser = new RecordParser();
  for await (const text of decode(chunks, parser)) {
    // At an error the parser discards the piece that it reads. A record ends at a brace.
    for (const piece of text.split(/(?<=\})/)) yield* await parser.parse(piece);
  }
  yield* await parser.parse(none);
}

/** Parses the pieces of a JSON array, in order. */
class RecordParser {
  readonly #read = gen(
    // Only for its type, which includes the end of the text.
    (piece: string | typeof none) => piece,
    jsonParser({ streamValues: false }),
    assertArray(),
    streamArray(),
  );
  #count = 0;

  /** Returns the records that end in a piece; `none` is the end of the text. @throws {DumpSyntaxError} */
  async parse(piece: string | typeof none): Promise<DumpRecord[]> {
    const records: DumpRecord[] = [];
    try {
      for await (const { key, value } of this.#read(piece)) records.push({ place: key + 1, value });
    } catch (cause) {
      throw this.fault(cause instanceof NotAnArrayError ? NOT_AN_ARRAY : BROKEN, cause);
    }
    this.#count += records.length;
    return records;
  }

  fault(reason: string, cause?: unknown): DumpSyntaxError {
    return new DumpSyntaxError(reason, this.#count, { cause });
  }
}

class NotAnArrayError extends Error {}

/** Creates a stage that passes tokens on. @throws {NotAnArrayError} unless the first one starts an array */
function assertArray() {
  let isFirst = true;
  return (token: Token): Token => {
    if (isFirst && token.name !== 'startArray') throw new NotAnArrayError();
    isFirst = false;
    return token;
  };
}

/** Decodes UTF-8; a character may be in two chunks. @throws {DumpSyntaxError} for bytes that are not UTF-8 */
async function* decode(chunks: AsyncIterable<Uint8Array>, parser: RecordParser): AsyncGenerator<string> {
  // The decoder keeps each U+FEFF; only the one at the start is removed.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const next = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw parser.fault('The text is not UTF-8.', cause);
    }
  };
  let isStart = true;
  for await (const chunk of chunks) {
    const text = next(chunk);
    if (text === '') continue;
    yield isStart && text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
    isStart = false;
  }
  yield next();
}
