/** A datetime in Django's notation, read. */
export interface DjangoDatetime {
  /** As it is stored: `YYYY-MM-DDTHH:MM:SS[.ffffff][offset]`, an offset of zero as `Z`, none where there was none. */
  readonly text: string;
  /** The instant in UTC, `YYYY-MM-DDTHH:MM:SS.ffffff`: sorts as text. A time without an offset is taken as UTC. */
  readonly instant: string;
}

const DATETIME =
  /^(?<date>\d{4}-\d{2}-\d{2})[T ](?<time>\d{2}:\d{2}:\d{2})(?:\.(?<fraction>\d{1,6})\d{0,6})?(?<offset>Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads a datetime as Django's `dumpdata` writes one; a blank for the `T`, microseconds and offsets without a colon
 * are understood too. Gives nothing for what is no datetime.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/serialization/#djangojsonencoder
 */
export function parseDatetime(value: string): DjangoDatetime | undefined {
  const { date, time, fraction, offset = '' } = DATETIME.exec(value)?.groups ?? {};
  if (date === undefined || time === undefined) return undefined;
  const zone = offset.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2').replace(/^[+-]00:00$/, 'Z');
  const local = new Date(`${date}T${time}Z`);
  // Date rolls 30 February over to March; a real date reads back as it was written.
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${date}T${time}`)) return undefined;
  const utc = new Date(`${date}T${time}${zone || 'Z'}`);
  if (Number.isNaN(utc.getTime()) || utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999)
    return undefined;
  return {
    text: `${date}T${time}${fraction === undefined ? '' : `.${fraction}`}${zone}`,
    instant: `${utc.toISOString().slice(0, 19)}.${(fraction ?? '').padEnd(6, '0')}`,
  };
}

/**
 * Writes a stored datetime as Django's JSON serialiser does: the fraction cut to milliseconds, not rounded, and
 * absent only where it is known to be zero to the microsecond.
 */
export const serialiseDatetime = (stored: string): string =>
  stored.replace(/\.(\d+)/, (_, fraction: string) =>
    fraction === '000000' ? '' : `.${fraction.padEnd(3, '0').slice(0, 3)}`,
  );

/** The present as posts that are added here carry it: UTC, milliseconds, `Z`. */
export const datetimeOf = (instant: Date): string => instant.toISOString();
