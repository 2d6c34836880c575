import { createHash } from 'node:crypto';

/** SHA-256 of a value as JSON, in hex: what an import compares records by. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex');
