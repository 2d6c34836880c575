import { randomUUID } from 'node:crypto';
import { RequestError } from '../errors.ts';
import { RawBody } from './body-bytes.ts';
import { JsonNumber } from './json-number.ts';
import type { Middleware } from './middleware.ts';

/** How deep objects and lists may stand in each other; Python gives up below a thousand. */
const MAX_DEPTH = 900;

/** Strings, numbers but for those in a member name's place, and brackets. A string without an end takes the rest. */
const LEXEME = /"[^"\\]*(?:\\.[^"\\]*)*"?|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\s*:)|[[\]{}]/gs;

/**
 * What stands around the JSON parser: `markNumbers` gives it the text, with numbers marked so that nothing of them is
 * lost on a runtime whose parser does not tell their source, and words its errors; `readNumber` reads what was marked.
 */
export function jsonText(): {
  markNumbers: Middleware;
  readNumber: (name: string, value: unknown) => unknown;
} {
  // Not to be guessed, so no string of a client's is taken for a number.
  const mark = randomUUID();
  return {
    markNumbers: {
      before: ({ event }) => {
        if (!(event.body instanceof RawBody) || event.body.type !== 'application/json') return;
        event.body = marked(decoded(event.body), mark);
        event.headers['content-type'] = 'application/json';
      },
      onError: (request) => {
        // The parser's own error quotes the body, so it goes no further.
        if (isParserError(request.error)) request.error = malformed('The text is not well-formed.');
      },
    },
    readNumber: (_name, value) =>
      typeof value === 'string' && value.startsWith(mark) ? new JsonNumber(value.slice(mark.length)) : value,
  };
}

const malformed = (reason: string, options?: ErrorOptions): RequestError =>
  new RequestError('body_malformed', `JSON parse error - ${reason}`, options);

function decoded({ bytes, charset }: RawBody): string {
  try {
    return charset.decode(bytes);
  } catch (cause) {
    throw malformed('The bytes are no text in the charset of the content type.', { cause });
  }
}

function marked(text: string, mark: string): string {
  let depth = 0;
  return text.replace(LEXEME, (lexeme) => {
    if (lexeme === '[' || lexeme === '{') depth += 1;
    else if (lexeme === ']' || lexeme === '}') depth -= 1;
    else if (!lexeme.startsWith('"')) return `"${mark}${lexeme}"`;
    if (depth > MAX_DEPTH) throw malformed('The text is nested too deeply.');
    return lexeme;
  });
}

const isParserError = (error: unknown): boolean =>
  error instanceof Error &&
  typeof error.cause === 'object' &&
  error.cause !== null &&
  'package' in error.cause &&
  error.cause.package === '@middy/http-json-body-parser';
