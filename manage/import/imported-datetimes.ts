import { AWARE, type DatetimeFormat, hasOffset } from '../../lib/posts/datetime-format.ts';

/** Detects the datetime format of dumps. A Django project writes all of them in one format. */
export class ImportedDatetimes {
  #isAware: boolean | undefined;

  /** Whether the dumps contain no datetime. */
  get isEmpty(): boolean {
    return this.#isAware === undefined;
  }

  /** @param datetime of any record, as it is stored */
  add(datetime: string): void {
    this.#isAware ??= hasOffset(datetime);
  }

  /**
   * Returns the format of the dumps; that of the table if they contain no datetime.
   *
   * @param timeZone of naive datetimes, if the operator names one
   * @param stored the format of the table
   */
  formatAfter(stored: DatetimeFormat, timeZone: string | undefined): DatetimeFormat {
    if (this.#isAware === undefined) return stored;
    if (this.#isAware) return AWARE;
    return { kind: 'naive', timeZone: timeZone ?? (stored.kind === 'naive' ? stored.timeZone : 'UTC') };
  }
}
