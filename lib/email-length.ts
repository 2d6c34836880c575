/**
 * The longest e-mail address, in code points: 64 before the sign and 255 after it (RFC 5321 §4.5.3.1). Each token contains the
 * address. With this one and the longest username, in escapes of JSON, it does not exceed the maximum length of a token.
 */
export const MAX_EMAIL_LENGTH = 320;
