import type { LogoutReason } from './errors.ts';

/** The sentences with which the service refuses a token, by their meaning (docs/api.md, "Errors"). */
const REASONS = new Map<string | undefined, LogoutReason>([
  ['Signature has expired.', 'expired'],
  ['Token has been revoked.', 'revoked'],
  ["User doesn't exist.", 'user_not_found'],
  ['Invalid signature.', 'user_not_found'],
  ['User account is disabled.', 'user_disabled'],
  ['Error decoding signature.', 'token_refused'],
  ['Error decoding token.', 'token_refused'],
  ['Incorrect authentication credentials.', 'token_refused'],
  ['Invalid payload.', 'token_refused'],
]);

/** Sentences with which a refresh is refused although the token is accepted until it expires. */
const FINAL = ['Refresh has expired.', 'orig_iat field is required.'];

/**
 * Returns why the service refuses a token. Returns undefined if it does not: any other sentence is not about the token, for
 * example because a proxy has removed the header.
 */
export const reasonOf = (sentence: string | undefined): LogoutReason | undefined => REASONS.get(sentence);

/** Returns whether a token cannot be refreshed any more, but is accepted until it expires. */
export const isFinalRefusal = (sentence: string | undefined): boolean =>
  sentence !== undefined && FINAL.includes(sentence);
