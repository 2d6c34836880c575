/** The bytes of one record, not parsed. */
export interface RecordBytes {
  /** The position of the record, starting at 1. */
  readonly place: number;
  /** The line of the file in which it begins, starting at 1. */
  readonly line: number;
  /** Undefined if there are more than {@link MAX_RECORD_BYTES}. */
  readonly bytes: Buffer | undefined;
}

/** A text that is not one JSON array, or JSON lines. */
export class SplitError extends Error {}

/** Far more than the maximum of a DynamoDB item, even if each character is escaped. */
const MAX_RECORD_BYTES = 4_194_304;
/** Far more than a parser reads. The brackets of a value are kept in memory until it ends. */
const MAX_DEPTH = 1_000_000;

type State = 'start' | 'before' | 'value' | 'scalar' | 'after' | 'end';

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };
const WHITE_SPACE = /[ \t\r\n]/;

/**
 * Splits a JSON array, or JSON lines, into the bytes of its values. It only looks at strings and brackets, so a value that
 * is not valid JSON or UTF-8 does not affect the others. In UTF-8, no other character contains an ASCII byte, so the bytes are
 * read as Latin-1.
 *
 * @see RFC 8259
 * @see https://jsonlines.org
 */
export class RecordSplitter {
  #state: State = 'start';
  #isArray = true;
  #line = 1;
  #place = 0;
  /** The closing brackets that are expected, innermost last. */
  readonly #closings: string[] = [];
  #isInString = false;
  #isEscaped = false;
  #first = 1;
  #parts: string[] = [];
  #length = 0;

  /** The line that is being read. */
  get line(): number {
    return this.#line;
  }

  /** Returns the records that end in a chunk of the file. @throws {SplitError} after the records before it */
  *push(chunk: Uint8Array): Generator<RecordBytes> {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    let index = 0;
    while (index < piece.length) {
      if (this.#state === 'value' || this.#state === 'scalar') {
        const isScalar = this.#state === 'scalar';
        const end = isScalar ? nextIndex(SCALAR_END, piece, index) : this.#endOfValue(piece, index);
        this.#keep(piece.slice(index, end));
        index = end;
        if (isScalar ? end < piece.length : this.#isComplete()) yield this.#take();
      } else if (!this.#between(piece.charAt(index))) index += 1;
    }
  }

  /** Returns the record that ends with the file. @throws {SplitError} if the file ends too early */
  *end(): Generator<RecordBytes> {
    if (this.#isArray ? this.#state !== 'end' : this.#state === 'value') throw new SplitError();
    if (this.#state === 'scalar') yield this.#take();
  }

  /** Reads a character outside values. Returns whether a value begins with it. */
  #between(character: string): boolean {
    if (WHITE_SPACE.test(character)) {
      if (character === '\n') this.#line += 1;
      return false;
    }
    if (this.#state === 'start') {
      this.#isArray = character === '[';
      this.#state = 'before';
      if (this.#isArray) return false;
    }
    if (this.#isArray) {
      const isAfter = this.#state === 'after';
      const isEmpty = this.#state === 'before' && this.#place === 0;
      if ((character === ',' && isAfter) || (character === ']' && (isAfter || isEmpty))) {
        this.#state = character === ',' ? 'before' : 'end';
        return false;
      }
      if (this.#state !== 'before') throw new SplitError();
    }
    if (',]}'.includes(character)) throw new SplitError();
    this.#place += 1;
    this.#first = this.#line;
    this.#state = '{["'.includes(character) ? 'value' : 'scalar';
    return true;
  }

  /** Returns where an object, an array or a string ends in a piece: its length if it does not. */
  #endOfValue(piece: string, start: number): number {
    let index = start;
    while (index < piece.length) {
      const character = piece.charAt(index);
      if (character === '\n') {
        // JSON lines: a string that is not terminated ends with its line.
        if (this.#isInString && !this.#isArray) {
          this.#closings.length = 0;
          this.#isInString = false;
          this.#isEscaped = false;
          return index;
        }
        this.#line += 1;
      }
      index += 1;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#isInString) {
        if (character === '\\') this.#isEscaped = true;
        else if (character === '"') this.#isInString = false;
        else index = nextIndex(STRING_MARK, piece, index);
      } else if (character === '"') this.#isInString = true;
      else if (character === '{' || character === '[') {
        if (this.#closings.push(CLOSING[character] ?? '') > MAX_DEPTH) throw new SplitError();
      } else if (character === '}' || character === ']') {
        if (this.#closings.pop() !== character) throw new SplitError();
      } else index = nextIndex(VALUE_MARK, piece, index);
      if (this.#isComplete()) return index;
    }
    return index;
  }

  #isComplete(): boolean {
    return !this.#isInString && this.#closings.length === 0;
  }

  #keep(text: string): void {
    this.#length += text.length;
    if (this.#length <= MAX_RECORD_BYTES) this.#parts.push(text);
    else this.#parts = [];
  }

  #take(): RecordBytes {
    const bytes = this.#length <= MAX_RECORD_BYTES ? Buffer.from(this.#parts.join(''), 'latin1') : undefined;
    this.#parts = [];
    this.#length = 0;
    this.#state = 'after';
    return { place: this.#place, line: this.#first, bytes };
  }
}

const STRING_MARK = /["\\\n]/g;
const VALUE_MARK = /["{}[\]\n]/g;
/**
 * The end of a number or a word: what cannot begin a value. Not `\s`: JSON does not count U+00A0 as white space, so a value
 * may begin with it and has to end later.
 */
const SCALAR_END = /[,\]} \t\r\n]/g;

/** Returns the next position of a character that a pattern matches; the length of the text if there is none. */
function nextIndex(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
