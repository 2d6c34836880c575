/** Why a token is refused; the order of the checks is the order of this list (RFC 7519 §7.2, RFC 8725 §3). */
export type TokenErrorCode =
  | 'token_malformed'
  | 'token_algorithm_mismatch'
  | 'token_signature_invalid'
  | 'token_not_yet_valid'
  | 'token_expired'
  | 'token_audience_mismatch'
  | 'token_issuer_mismatch'
  | 'token_payload_invalid'
  | 'user_not_found'
  | 'user_disabled'
  | 'orig_iat_missing'
  | 'refresh_expired';

/**
 * A token that is not valid. Never thrown for a check that could not be made.
 * `code` is stable; `message` is for the log and holds nothing from the token.
 */
export class TokenError extends Error {
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, options?: ErrorOptions) {
    super(code, options);
    this.name = 'TokenError';
    this.code = code;
  }
}
