/** An item holds 400 KB, names of attributes included. @see AWS, "Quotas in Amazon DynamoDB" */
const MAX_RECORD_BYTES = 390_000;

/** Tells whether a record is larger than an item can be. */
export const isTooLarge = (record: unknown): boolean =>
  Buffer.byteLength(JSON.stringify(record)) > MAX_RECORD_BYTES;
