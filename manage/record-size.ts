/** A DynamoDB item has at most 400 KB, including attribute names. @see AWS, "Quotas in Amazon DynamoDB" */
const MAX_RECORD_BYTES = 390_000;

/** Returns whether a record exceeds the maximum size of a DynamoDB item. */
export const isTooLarge = (record: unknown): boolean =>
  Buffer.byteLength(JSON.stringify(record)) > MAX_RECORD_BYTES;
