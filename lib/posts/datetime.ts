/** A datetime in Django's notation, read. */
export interface DjangoDatetime {
  /** As Django's JSON serialiser writes it: the fraction cut to milliseconds, an offset of zero as `Z`. */
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
  const { date, time, fraction = '', offset = '' } = DATETIME.exec(value)?.groups ?? {};
  if (date === undefined || time === undefined) return undefined;
  const colonOffset = offset.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2');
  const zone = /^[+-]00:00$/.test(colonOffset) ? 'Z' : colonOffset;
  const milliseconds = fraction === '' ? '' : `.${fraction.padEnd(3, '0').slice(0, 3)}`;
  const wholeSeconds = new Date(`${date}T${time}${zone || 'Z'}`);
  const local = new Date(`${date}T${time}Z`);
  // Date rolls 30 February over to March; a real date reads back as it was written.
  if (Number.isNaN(wholeSeconds.getTime()) || !local.toISOString().startsWith(`${date}T${time}`))
    return undefined;
  return {
    text: `${date}T${time}${milliseconds}${zone}`,
    instant: `${wholeSeconds.toISOString().slice(0, 19)}.${fraction.padEnd(6, '0')}`,
  };
}

/** Writes the present as posts that are added here carry it: UTC, milliseconds, `Z`. */
export const datetimeOf = (instant: Date): string => instant.toISOString();
