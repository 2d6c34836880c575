/** A response as received. */
export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. If a name occurs more than once, the last value is used. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const CRLF = '\r\n';
const STATUS_LINE = /^HTTP\/1\.1 (\d{3}) [^\r\n]*$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;[^\r\n]*)?$/;

/**
 * Parses all responses of one connection, including interim (1xx) responses. It is strict, unlike parsers of clients:
 * anything that is not valid HTTP is an error of the server under test.
 *
 * @param bytes everything that the server sent until it closed the connection
 * @param isHead whether the requests were HEAD, whose responses have no body
 * @throws {Error} if the bytes are not HTTP/1.1, or end within a response
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3
 */
export function readResponses(bytes: Buffer, { isHead = false } = {}): HttpResponse[] {
  const reader = new Reader(bytes);
  const responses: HttpResponse[] = [];
  while (!reader.isAtEnd) responses.push(readResponse(reader, isHead));
  return responses;
}

function readResponse(reader: Reader, isHead: boolean): HttpResponse {
  const [, code] = STATUS_LINE.exec(reader.line()) ?? reader.fail('a status line');
  const status = Number(code);
  const headers = readFields(reader);
  const hasNoBody = isHead || status < 200 || status === 204 || status === 304;
  return { status, headers, body: hasNoBody ? Buffer.alloc(0) : readBody(reader, headers) };
}

function readFields(reader: Reader): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let line = reader.line(); line !== ''; line = reader.line()) {
    const [, name = '', value = ''] = FIELD.exec(line) ?? reader.fail('a header field');
    fields[name.toLowerCase()] = value;
  }
  return fields;
}

function readBody(reader: Reader, headers: Readonly<Record<string, string>>): Buffer {
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  if (coding !== undefined) {
    if (coding !== 'chunked' || length !== undefined) reader.fail('one framing that is known');
    return readChunks(reader);
  }
  if (length === undefined) return reader.rest();
  if (!/^\d{1,15}$/.test(length)) reader.fail('a length');
  return reader.take(Number(length));
}

function readChunks(reader: Reader): Buffer {
  const chunks: Buffer[] = [];
  for (;;) {
    const [, digits = ''] = CHUNK_SIZE.exec(reader.line()) ?? reader.fail('the size of a chunk');
    const size = Number.parseInt(digits, 16);
    if (size === 0) break;
    chunks.push(reader.take(size));
    if (reader.line() !== '') reader.fail('the end of a chunk');
  }
  // The trailer section ends like the header section.
  readFields(reader);
  return Buffer.concat(chunks);
}

/** A position in bytes. */
class Reader {
  #offset = 0;
  /** The start of the latest element, for messages. */
  #begin = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** Reads a line, without its line break. */
  line(): string {
    const end = this.#bytes.indexOf(CRLF, this.#offset);
    this.#begin = this.#offset;
    if (end < 0) this.fail('the end of a line');
    const line = this.#bytes.toString('latin1', this.#offset, end);
    this.#offset = end + CRLF.length;
    return line;
  }

  /** Reads a number of bytes. */
  take(length: number): Buffer {
    this.#begin = this.#offset;
    if (this.#offset + length > this.#bytes.length) this.fail(`${length} bytes`);
    this.#offset += length;
    return this.#bytes.subarray(this.#begin, this.#offset);
  }

  /** Reads the remaining bytes. */
  rest(): Buffer {
    return this.take(this.#bytes.length - this.#offset);
  }

  fail(expected: string): never {
    const [before, after] = [this.#bytes.subarray(0, this.#begin), this.#bytes.subarray(this.#begin)];
    throw new Error(
      `expected ${expected} after ${JSON.stringify(before.toString('latin1'))} at ${JSON.stringify(after.toString('latin1'))}`,
    );
  }
}
