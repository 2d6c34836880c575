import { batchGet } from './batches.ts';
import type { Table } from './client.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { deleteItem, putItem } from './items.ts';
import { getUserKey, userKey, usernameFailuresKey } from './keys.ts';
import { addChange } from './session-updates.ts';
import { newUserItem, readUser, type StoredUser, userAttributes } from './user-item.ts';

/** The differences from the previous dump. */
export interface ChangedInDump {
  readonly password: boolean;
  readonly isActive: boolean;
}

/** Users as an import reads and writes them. */
export class UserImports {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reads users, by username. @throws {UnavailableError} */
  async find(usernames: readonly string[]): Promise<Map<string, StoredUser>> {
    const stored = (await batchGet(this.#table, usernames.map(getUserKey))).map(readUser);
    return new Map(stored.map((one) => [one.user.username, one]));
  }

  /** Stores a new user. Returns whether the username was free. @throws {UnavailableError} */
  create(stored: StoredUser): Promise<boolean> {
    return putItem(this.#table, newUserItem(stored), {
      // If the response to the first attempt was lost, the retry finds the record that it wrote.
      ConditionExpression: 'attribute_not_exists(pk) OR imported.#record = :record',
      ExpressionAttributeNames: { '#record': 'record' },
      ExpressionAttributeValues: { ':record': stored.imported?.record ?? '' },
    });
  }

  /**
   * Changes the profile of a user, and the hash and the activity if they changed in the dump. Disabling a user ends all
   * sessions and revokes tokens issued by Django. Another hash ends the sessions only, because Django does not revoke tokens
   * when a password changes. Returns whether the user exists.
   *
   * @param nowSeconds seconds since 1970
   * @throws {UnavailableError}
   */
  update(stored: StoredUser, changed: ChangedInDump, nowSeconds: number): Promise<boolean> {
    return this.#update(new ItemUpdate(), stored, changed, nowSeconds);
  }

  /**
   * Assigns a username to another user, who does not inherit sessions, known networks or failed logins. Returns whether the
   * username exists.
   *
   * @param nowSeconds seconds since 1970
   * @throws {UnavailableError}
   */
  async handOver(stored: StoredUser, nowSeconds: number): Promise<boolean> {
    const changed = { password: true, isActive: true };
    const exists = await this.#update(new ItemUpdate().remove(['places']), stored, changed, nowSeconds);
    await deleteItem(this.#table, usernameFailuresKey(stored.user.username));
    return exists;
  }

  async #update(
    update: ItemUpdate,
    stored: StoredUser,
    changed: ChangedInDump,
    nowSeconds: number,
  ): Promise<boolean> {
    const { password, is_active, ...profile } = userAttributes(stored);
    for (const [name, value] of Object.entries(profile)) update.set([name], value);
    if (changed.password) update.set(['password'], password);
    if (changed.isActive) update.set(['is_active'], is_active);
    if (changed.isActive && !is_active) addChange(update, { type: 'end_all', revokedBefore: nowSeconds });
    else if (changed.password) update.set(['sessions'], {});
    return (await updateItem(this.#table, userKey(stored.user.username), update.ifExists())) !== undefined;
  }

  /**
   * Changes the id of a user who was created here, which invalidates the tokens with the old id. Returns whether there is
   * such a user with that id.
   *
   * @throws {UnavailableError}
   */
  async renumber(username: string, from: number, to: number): Promise<boolean> {
    const update = new ItemUpdate().set(['user_id'], to).ifEquals(['user_id'], from);
    update.if(`attribute_not_exists(${update.path(['imported'])})`);
    return (await updateItem(this.#table, userKey(username), update)) !== undefined;
  }

  /** Deletes a user and the failed logins of the username. @throws {UnavailableError} */
  async remove(username: string): Promise<void> {
    await deleteItem(this.#table, userKey(username));
    await deleteItem(this.#table, usernameFailuresKey(username));
  }
}
