const MINUTE_MS = 60_000;

/** Formats the day of a date, such as "26 Nov 2026", in the language of the device. */
export const formatDay = (date: string): string =>
  new Date(date).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

/** Formats a time of day, such as "22:48". */
const formatTime = (date: Date): string =>
  date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });

/** Formats the first full minute that is not before a time. */
export const formatMinuteAfter = (date: Date): string =>
  formatTime(new Date(Math.ceil(date.getTime() / MINUTE_MS) * MINUTE_MS));

/** Formats a date with its time of day. */
export const formatDateTime = (date: string): string => `${formatDay(date)}, ${formatTime(new Date(date))}`;
