import { TokenError } from '../errors.ts';

/** The maximum length of a token, in characters. API Gateway accepts 10,240 bytes of headers. */
export const MAX_TOKEN_LENGTH = 8192;

/** Rejects malformed UTF-8. Keeps a byte order mark, which JSON does not allow. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const PART = /^[A-Za-z0-9_-]+$/;

/** Matches a last character whose unused bits are zero, by the length of the part modulo 4. */
const CANONICAL_TAIL: Record<number, RegExp> = { 0: /./, 2: /[AQgw]$/, 3: /[AEIMQUYcgkosw048]$/ };

export interface CompactForm {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
}

/**
 * Splits and decodes a JSON Web Token in JWS Compact Serialization. Rejects base64url that is not canonical. Does not
 * verify the signature.
 *
 * @throws {TokenError} `token_malformed`
 * @see RFC 7515 §7.1, RFC 8725bis §3.14 (base64url), RFC 8725bis §3.7 (JSON)
 */
export function parseCompactForm(token: string): CompactForm {
  const { header, payload } = splitCompactForm(token);
  return { header, payload: parseJsonObject(payload) };
}

/** Splits a token as {@link parseCompactForm} does, but does not decode the payload. @throws {TokenError} */
export function splitCompactForm(token: string): { header: CompactForm['header']; payload: string } {
  if (token.length > MAX_TOKEN_LENGTH) throw new TokenError('token_malformed');
  const [header, payload, signature, ...more] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    throw new TokenError('token_malformed');
  }
  for (const part of [header, payload]) assertCanonicalBase64url(part);
  // An empty signature is well-formed (RFC 7515 §6). The signature check rejects it.
  if (signature !== '') assertCanonicalBase64url(signature);
  return { header: parseJsonObject(header), payload };
}

function assertCanonicalBase64url(part: string): void {
  const tail = CANONICAL_TAIL[part.length % 4];
  if (!PART.test(part) || !tail?.test(part)) throw new TokenError('token_malformed');
}

function parseJsonObject(part: string): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = UTF8.decode(Buffer.from(part, 'base64url'));
    value = JSON.parse(text);
  } catch (cause) {
    throw new TokenError('token_malformed', { cause });
  }
  if (!isObject(value) || hasDuplicateMember(text)) throw new TokenError('token_malformed');
  return value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/**
 * Returns whether an object in a JSON text has two members with the same name. The text must be well-formed.
 *
 * @see RFC 8725bis §3.7, RFC 7515 §4 (member names must be unique)
 */
function hasDuplicateMember(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let previous = '';
  for (const [lexeme] of text.matchAll(JSON_TOKEN)) {
    if (lexeme === '{') open.push(new Set());
    else if (lexeme === '[') open.push(undefined);
    else if (lexeme === '}' || lexeme === ']') open.pop();
    else if (lexeme === ':') {
      const name = String(JSON.parse(previous));
      const names = open.at(-1);
      if (names?.has(name)) return true;
      names?.add(name);
    }
    previous = lexeme;
  }
  return false;
}
