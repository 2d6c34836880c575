import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { batchGet } from './batches.ts';
import { isConditionFailure, type Table, translateErrors } from './client.ts';
import { ItemUpdate } from './item-update.ts';
import { type Key, userKey, usernameFailuresKey } from './keys.ts';
import { addChange } from './session-updates.ts';
import { updateUserItem } from './user-access.ts';
import { readUser, type StoredUser, userAttributes } from './user-item.ts';

/** What differs between a dump and the previous one. */
export interface ChangedInDump {
  readonly password: boolean;
  readonly isActive: boolean;
}

/** Users as an import reads and writes them. An import keeps sessions, and hashes that are newer than the dump. */
export class UserImports {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reads up to 100 users, by username. @throws {UnavailableError} */
  async find(usernames: readonly string[]): Promise<Map<string, StoredUser>> {
    if (usernames.length === 0) return new Map();
    const keys = usernames.map(keyOf);
    const stored = (await batchGet(this.#table, keys)).map(readUser);
    return new Map(stored.map((one) => [one.user.username, one]));
  }

  /** Stores a new user. Returns whether the username was free. @throws {UnavailableError} */
  async create(stored: StoredUser): Promise<boolean> {
    const Item = { ...keyOf(stored.user.username), ...userAttributes(stored), sessions: {} };
    const condition = 'attribute_not_exists(pk) OR imported.#record = :record';
    const command = new PutCommand({
      TableName: this.#table.name,
      Item,
      // If the response to the first write was lost, the retry recognises its own record.
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#record': 'record' },
      ExpressionAttributeValues: { ':record': stored.imported?.record ?? '' },
    });
    try {
      await translateErrors(this.#table.client.send(command));
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }

  /**
   * Changes the profile of a user, and the hash and the activity if they changed in the dump. Disabling a user ends all
   * sessions and revokes tokens issued by Django. A new hash ends all sessions; tokens issued by Django stay valid, as they
   * did in the original.
   *
   * @param nowSeconds seconds since 1970
   * @throws {UnavailableError}
   */
  update(stored: StoredUser, changed: ChangedInDump, nowSeconds: number): Promise<boolean> {
    return this.#update(new ItemUpdate(), stored, changed, nowSeconds);
  }

  /**
   * Gives a username to another user, who inherits no session, known network or failed login of the former one. Returns
   * whether the username exists.
   *
   * @param nowSeconds seconds since 1970
   * @throws {UnavailableError}
   */
  async handOver(stored: StoredUser, nowSeconds: number): Promise<boolean> {
    const changed = { password: true, isActive: true };
    const isThere = await this.#update(new ItemUpdate().remove(['places']), stored, changed, nowSeconds);
    await this.#delete(usernameFailuresKey(stored.user.username));
    return isThere;
  }

  async #update(
    update: ItemUpdate,
    stored: StoredUser,
    changed: ChangedInDump,
    nowSeconds: number,
  ): Promise<boolean> {
    const { password, is_active, ...profile } = userAttributes(stored);
    update.if(`attribute_exists(${update.path(['pk'])})`);
    for (const [name, value] of Object.entries(profile)) update.set([name], value);
    if (changed.password) update.set(['password'], password);
    if (changed.isActive) update.set(['is_active'], is_active);
    if (changed.isActive && !is_active) addChange(update, { type: 'end_all', revokedBefore: nowSeconds });
    else if (changed.password) update.set(['sessions'], {});
    return (await updateUserItem(this.#table, stored.user.username, update)) !== undefined;
  }

  /**
   * Changes the id of a user who was created here, which ends the tokens of the old id. Returns whether there is such a
   * user with that id.
   *
   * @throws {UnavailableError}
   */
  async renumber(username: string, from: number, to: number): Promise<boolean> {
    const update = new ItemUpdate().set(['user_id'], to).ifEquals(['user_id'], from);
    update.if(`attribute_not_exists(${update.path(['imported'])})`);
    return (await updateUserItem(this.#table, username, update)) !== undefined;
  }

  /** Removes a user with the failed logins of the username. @throws {UnavailableError} */
  async remove(username: string): Promise<void> {
    await this.#delete(keyOf(username));
    await this.#delete(usernameFailuresKey(username));
  }

  async #delete(key: Key): Promise<void> {
    await translateErrors(
      this.#table.client.send(new DeleteCommand({ TableName: this.#table.name, Key: key })),
    );
  }
}

function keyOf(username: string) {
  const key = userKey(username);
  // readRecord has checked the username.
  if (key === undefined) throw new RangeError('no item can have this username');
  return key;
}
