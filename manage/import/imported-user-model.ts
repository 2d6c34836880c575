import { DJANGO_RULES, type RecordRules } from '../../lib/django/records.ts';
import { DJANGO_USER } from '../../lib/django/write-dump.ts';
import type { UserModel } from '../../lib/users/user.ts';

/** Finds out which user model the users of a dump have, so that `dumpdata` writes what Django reads. */
export class ImportedUserModel {
  readonly #rules: RecordRules;
  #model: string | undefined;
  readonly #fields = new Set<string>();

  constructor(rules: RecordRules) {
    this.#rules = rules;
  }

  /**
   * @param model as a record names it
   * @param fields the names of the fields in the record
   */
  add(model: string | undefined, fields: readonly string[]): void {
    this.#model ??= model;
    for (const name of fields) this.#fields.add(name);
  }

  /** Returns the user model; undefined if the dumps contain no users. */
  get found(): UserModel | undefined {
    if (this.#model === undefined) return undefined;
    const { userModel, usernameField } = this.#rules;
    if (userModel.toLowerCase() === DJANGO_RULES.userModel) return { ...DJANGO_USER, usernameField };
    return { model: this.#model, usernameField, fields: [...this.#fields] };
  }
}
