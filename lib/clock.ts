/** Returns the current time, in milliseconds since 1970. Every clock of the service has this unit. */
export type Clock = () => number;

/** Returns a time in milliseconds from an arbitrary origin. It never goes back, so it measures durations. */
export type MonotonicClock = () => number;

/** Converts milliseconds since 1970 to whole seconds, as a NumericDate (RFC 7519 §2) or a DynamoDB TTL has them. */
export const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
