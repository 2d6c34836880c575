/** Returns the current time, in milliseconds since 1970. All clocks in this service use this unit. */
export type Clock = () => number;

/** Returns a monotonic time, in milliseconds from an arbitrary origin, for measuring durations. */
export type MonotonicClock = () => number;

/** Converts milliseconds since 1970 to whole seconds, the unit of NumericDate (RFC 7519 §2) and DynamoDB TTL. */
export const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
