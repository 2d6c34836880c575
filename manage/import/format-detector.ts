import { DJANGO_RULES, type RecordRules, UNKNOWN_DATE } from '../../lib/django/records.ts';
import { DJANGO_USER } from '../../lib/django/write-dump.ts';
import { AWARE, type DatetimeFormat, hasOffset } from '../../lib/posts/datetime-format.ts';
import type { UserModel } from '../../lib/users/user.ts';
import type { ValidEntry } from './dump-entries.ts';

/** Detects the datetime format and the user model of dumps, so that `dumpdata` writes what Django reads. */
export class FormatDetector {
  readonly #rules: RecordRules;
  #isAware: boolean | undefined;
  #model: string | undefined;
  readonly #fields = new Set<string>();

  constructor(rules: RecordRules) {
    this.#rules = rules;
  }

  /** @param entry a record that is imported */
  add(entry: ValidEntry): void {
    if (entry.kind === 'user') {
      this.#model ??= entry.model;
      for (const name of entry.fields) this.#fields.add(name);
    }
    const datetime = entry.kind === 'user' ? entry.record.fields.date_joined : entry.record.fields.created_at;
    // A Django project writes all datetimes in one format.
    if (datetime !== UNKNOWN_DATE) this.#isAware ??= hasOffset(datetime);
  }

  /**
   * Returns the datetime format of the dumps; undefined if they contain no datetime.
   *
   * @param timeZone of naive datetimes, if the operator names one
   * @param stored the format of the table
   */
  datetimeFormat(stored: DatetimeFormat, timeZone: string | undefined): DatetimeFormat | undefined {
    if (this.#isAware === undefined) return undefined;
    if (this.#isAware) return AWARE;
    return { kind: 'naive', timeZone: timeZone ?? (stored.kind === 'naive' ? stored.timeZone : 'UTC') };
  }

  /** The user model; undefined if the dumps contain no users. */
  get userModel(): UserModel | undefined {
    if (this.#model === undefined) return undefined;
    const { userModel, usernameField } = this.#rules;
    if (userModel.toLowerCase() === DJANGO_RULES.userModel) return { ...DJANGO_USER, usernameField };
    return { model: this.#model, usernameField, fields: [...this.#fields] };
  }
}
