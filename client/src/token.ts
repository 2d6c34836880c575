const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The claims that the client reads. It cannot verify the signature. */
export interface Claims {
  /** End of the token, in seconds since 1970. */
  readonly exp: number;
  /** Time of issue, in seconds since 1970. A token of a login is issued at `orig_iat`. */
  readonly iat: number | undefined;
  readonly id: number;
  readonly username: string;
  readonly email: string;
}

/** Reads the claims of a token. Returns undefined if it is not a token with an end. */
export function readClaims(token: string): Claims | undefined {
  try {
    const claims: Record<string, unknown> = JSON.parse(decode(token.split('.')[1] ?? ''));
    const { exp, iat, orig_iat, gen, user_id, username, email } = claims;
    if (typeof exp !== 'number') return undefined;
    const issued = iat ?? (gen === 0 ? orig_iat : undefined);
    return {
      exp,
      iat: typeof issued === 'number' ? issued : undefined,
      id: Number(user_id),
      username: String(username),
      email: typeof email === 'string' ? email : '',
    };
  } catch {
    return undefined;
  }
}

/** Decodes UTF-8 in base64url. Hermes has no `atob` and no `TextDecoder`. */
function decode(text: string): string {
  let escaped = '';
  let bits = 0;
  let count = 0;
  for (const character of text) {
    bits = ((bits << 6) | ALPHABET.indexOf(character)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    escaped += `%${(((bits >> count) & 0xff) | 0x100).toString(16).slice(1)}`;
  }
  return decodeURIComponent(escaped);
}
