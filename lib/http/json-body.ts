import { parse } from 'lossless-json';
import { RequestError } from '../errors.ts';
import type { Charset } from './charset.ts';
import { JsonNumber } from './json-number.ts';

/** How deeply objects and arrays may be nested. Python's parser fails at a depth just below 1000. */
const MAX_DEPTH = 900;
/** A string, which may be unterminated, or a bracket. */
const STRING_OR_BRACKET = /"[^"\\]*(?:\\.[^"\\]*)*"?|[[\]{}]/gs;

/**
 * Parses `application/json`. Numbers become {@link JsonNumber}. If a member name occurs more than once, the last value
 * is used.
 *
 * @throws {RequestError} `body_malformed`
 * @see RFC 8259
 */
export function parseJson(bytes: Buffer, charset: Charset): unknown {
  const text = decode(bytes, charset);
  assertDepth(text);
  try {
    return parse(text, null, {
      parseNumber: (source) => new JsonNumber(source),
      onDuplicateKey: ({ newValue }) => newValue,
    });
  } catch {
    // The parser's error quotes the body, so it is not kept as the cause.
    throw malformed('The text is not well-formed.');
  }
}

const malformed = (reason: string, options?: ErrorOptions): RequestError =>
  new RequestError('body_malformed', `JSON parse error - ${reason}`, options);

function decode(bytes: Buffer, charset: Charset): string {
  try {
    return charset.decode(bytes);
  } catch (cause) {
    throw malformed('The bytes are invalid in the charset of the content type.', { cause });
  }
}

/** Limits the recursion depth of the parser. */
function assertDepth(text: string): void {
  let depth = 0;
  for (const [lexeme] of text.matchAll(STRING_OR_BRACKET)) {
    if (lexeme === '[' || lexeme === '{') depth += 1;
    else if (lexeme === ']' || lexeme === '}') depth -= 1;
    if (depth > MAX_DEPTH) throw malformed('The text is nested too deeply.');
  }
}
