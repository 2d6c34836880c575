/**
 * The longest password that is checked or accepted, in UTF-16 code units. Unicode normalization takes quadratic time for
 * sequences of combining marks.
 */
export const MAX_PASSWORD_LENGTH = 4_096;
