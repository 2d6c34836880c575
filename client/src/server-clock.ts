/** The clock of the service, by its responses. The clock of the device may be wrong, or change at any time. */
export interface ServerClock {
  /** Returns the time of the service, in milliseconds since 1970. */
  now(): number;
  /** How far the clock of the service is ahead of the clock of the device, in milliseconds. */
  readonly skew: number;
  /** Sets the clock from a response. @param date milliseconds since 1970; undefined changes nothing */
  learn(date: number | undefined): void;
  /** Sets the clock from a stored login, unless a response has set it. */
  restore(skew: number): void;
}

/** @param deviceNow the clock of the device, in milliseconds since 1970 */
export function createServerClock(deviceNow: () => number): ServerClock {
  let learned: number | undefined;
  let stored = 0;
  const skew = () => learned ?? stored;
  return {
    now: () => deviceNow() + skew(),
    get skew() {
      return skew();
    },
    learn: (date) => {
      if (date !== undefined) learned = date - deviceNow();
    },
    restore: (given) => {
      stored = given;
    },
  };
}
