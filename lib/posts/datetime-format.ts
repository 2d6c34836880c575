/**
 * How a Django project writes datetimes: with an offset if its setting `USE_TZ` is true, else in local time without one.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/i18n/timezones/
 */
export type DatetimeFormat =
  | { readonly kind: 'aware' }
  | {
      readonly kind: 'naive';
      /** Name in the IANA time zone database, as in Django's setting `TIME_ZONE`. */
      readonly timeZone: string;
    };

export const AWARE: DatetimeFormat = { kind: 'aware' };

/** Returns whether a text is the name of a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Formats an instant with milliseconds: in UTC with `Z`, or in local time without an offset. */
export function formatDatetime(instant: Date, format: DatetimeFormat): string {
  if (format.kind === 'aware') return instant.toISOString();
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: format.timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? '';
  const date = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
  return `${date}T${part('hour')}:${part('minute')}:${part('second')}.${part('fractionalSecond')}`;
}

const OFFSET = /(?:Z|[+-]\d{2}:\d{2})$/;

/** Returns a stored datetime in a format: one with an offset becomes local time if the format has none. */
export const toDatetimeFormat = (stored: string, format: DatetimeFormat): string =>
  format.kind === 'naive' && hasOffset(stored) ? formatDatetime(new Date(stored), format) : stored;

/** Returns whether a stored datetime has an offset. */
export const hasOffset = (stored: string): boolean => OFFSET.test(stored);
