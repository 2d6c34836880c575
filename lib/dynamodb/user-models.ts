import * as v from 'valibot';
import type { UserModel } from '../users/user.ts';
import type { Table } from './client.ts';
import { getItem, parseItem, putItem } from './items.ts';
import { USER_MODEL_KEY } from './keys.ts';

const modelSchema = v.object({
  model: v.string(),
  username_field: v.string(),
  fields: v.optional(v.array(v.string())),
});

/** The user model of the project that the users come from, as the last import found it. Without an import, there is none. */
export class UserModelRepository {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** @throws {UnavailableError} */
  async find(): Promise<UserModel | undefined> {
    const item = await getItem(this.#table, USER_MODEL_KEY);
    if (item === undefined) return undefined;
    const { model, username_field: usernameField, fields } = parseItem(modelSchema, item);
    return { model, usernameField, fields };
  }

  /** @throws {UnavailableError} */
  async put({ model, usernameField, fields }: UserModel): Promise<void> {
    await putItem(this.#table, { ...USER_MODEL_KEY, model, username_field: usernameField, fields });
  }
}
