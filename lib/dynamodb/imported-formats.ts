import * as v from 'valibot';
import { AWARE, type DatetimeFormat } from '../posts/datetime-format.ts';
import type { UserModel } from '../users/user.ts';
import type { ItemTable } from './item-client.ts';
import { getItem, parseItem, putItem } from './items.ts';
import { DATETIME_FORMAT_KEY, USER_MODEL_KEY } from './keys.ts';

const datetimeSchema = v.variant('kind', [
  v.object({ kind: v.literal('aware') }),
  v.object({ kind: v.literal('naive'), timeZone: v.string() }),
]);
const userModelSchema = v.object({
  model: v.string(),
  username_field: v.string(),
  fields: v.optional(v.array(v.string())),
});

/** The formats of the project that the data come from, as the last import found them. */
export class ImportedFormats {
  readonly #table: ItemTable;

  constructor(table: ItemTable) {
    this.#table = table;
  }

  /** Returns the format of datetimes in the table. Before the first import, datetimes are aware. @throws {UnavailableError} */
  async datetimeFormat(): Promise<DatetimeFormat> {
    const item = await getItem(this.#table, DATETIME_FORMAT_KEY);
    return item === undefined ? AWARE : parseItem(datetimeSchema, item);
  }

  /** @throws {UnavailableError} */
  async putDatetimeFormat(format: DatetimeFormat): Promise<void> {
    await putItem(this.#table, { ...DATETIME_FORMAT_KEY, ...format });
  }

  /** Returns the user model of Django; undefined if no users were imported. @throws {UnavailableError} */
  async findUserModel(): Promise<UserModel | undefined> {
    const item = await getItem(this.#table, USER_MODEL_KEY);
    if (item === undefined) return undefined;
    const { model, username_field: usernameField, fields } = parseItem(userModelSchema, item);
    return { model, usernameField, fields };
  }

  /** @throws {UnavailableError} */
  async putUserModel({ model, usernameField, fields }: UserModel): Promise<void> {
    await putItem(this.#table, { ...USER_MODEL_KEY, model, username_field: usernameField, fields });
  }
}
