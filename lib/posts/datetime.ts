/** A datetime in Django's notation. */
export interface DjangoDatetime {
  /** As it is stored: `YYYY-MM-DDTHH:MM:SS[.ffffff][offset]`. A zero offset is `Z`; a datetime without an offset has none. */
  readonly text: string;
  /** The instant in UTC, `YYYY-MM-DDTHH:MM:SS.ffffff`, which sorts as text. A datetime without an offset is in UTC. */
  readonly instant: string;
}

const DATETIME =
  /^(?<date>\d{4}-\d{2}-\d{2})[T ](?<time>\d{2}:\d{2}:\d{2})(?:\.(?<fraction>\d{1,6})\d{0,6})?(?<offset>Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Parses a datetime as Django's `dumpdata` writes it. Also accepts a space instead of `T`, microseconds, and offsets
 * without a colon. Returns undefined if the text is not a datetime.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/serialization/#djangojsonencoder
 */
export function parseDatetime(value: string): DjangoDatetime | undefined {
  const { date, time, fraction, offset = '' } = DATETIME.exec(value)?.groups ?? {};
  if (date === undefined || time === undefined) return undefined;
  const zone = offset.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2').replace(/^[+-]00:00$/, 'Z');
  const local = new Date(`${date}T${time}Z`);
  // Date turns 30 February into a day in March, so a date that does not exist is not formatted as it was parsed.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${date}T${time}`)) return undefined;
  const utc = new Date(`${date}T${time}${zone || 'Z'}`);
  if (Number.isNaN(utc.getTime()) || utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999)
    return undefined;
  return {
    text: `${date}T${time}${fraction === undefined ? '' : `.${fraction}`}${zone}`,
    instant: `${utc.toISOString().slice(0, 19)}.${(fraction ?? '').padEnd(6, '0')}`,
  };
}

const FRACTION = /\.(\d+)/;

/**
 * Formats a stored datetime as Django's JSON serializer does: truncates the fraction to milliseconds, and omits it only
 * if it is zero to the microsecond.
 */
export function serializeDatetime(stored: string): string {
  const fraction = FRACTION.exec(stored)?.[1];
  if (fraction === undefined) return stored;
  const milliseconds = fraction === '000000' ? '' : `.${fraction.padEnd(3, '0').slice(0, 3)}`;
  return stored.replace(`.${fraction}`, milliseconds);
}
