import { AuthorizationError } from '../errors.ts';

/** White space as defined by Python's `bytes.split`. */
const SPACES = /[ \t-\r]+/;

/**
 * Reads the token from an `Authorization` header: a case-insensitive prefix, white space, and the token. A header with
 * another prefix, such as `Basic`, counts as missing.
 *
 * @param prefixes the accepted prefixes of the token
 * @throws {AuthorizationError} `credentials_missing`, `credentials_empty`, `credentials_with_spaces`
 * @see RFC 9110 §11.4, RFC 6750 §2.1
 */
export function parseAuthorization(header: string | undefined, prefixes: readonly string[]): string {
  const [scheme = '', token, ...more] = (header ?? '').split(SPACES).filter((part) => part !== '');
  if (!prefixes.some((prefix) => prefix.toLowerCase() === scheme.toLowerCase())) {
    throw new AuthorizationError('credentials_missing');
  }
  if (token === undefined) throw new AuthorizationError('credentials_empty');
  if (more.length > 0) throw new AuthorizationError('credentials_with_spaces');
  return token;
}

/** Reads the token from an `Authorization` header. Returns undefined if {@link parseAuthorization} rejects the header. */
export function findToken(header: string | undefined, prefixes: readonly string[]): string | undefined {
  try {
    return parseAuthorization(header, prefixes);
  } catch (error) {
    if (error instanceof AuthorizationError) return undefined;
    throw error;
  }
}
