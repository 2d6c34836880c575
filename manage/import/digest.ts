import { createHash } from 'node:crypto';

/** Returns the SHA-256 digest of a value as JSON, in hex. An import compares records by it. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex');
