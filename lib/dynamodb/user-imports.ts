import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { batchGet } from './batches.ts';
import { isConditionFailure, type Table, translateErrors } from './client.ts';
import { ItemUpdate } from './item-update.ts';
import { type Key, userKey, usernameFailuresKey } from './keys.ts';
import { addChange } from './session-updates.ts';
import { updateUserItem } from './user-access.ts';
import { readUser, type StoredUser, userAttributes } from './user-item.ts';

/** What a dump says differently from the one before. */
export interface ChangedInDump {
  readonly password: boolean;
  readonly isActive: boolean;
}

/** Users as an import reads and writes them. Nothing here takes a session or a newer hash from anybody by accident. */
export class UserImports {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reads up to a hundred users, by name. @throws {UnavailableError} */
  async find(usernames: readonly string[]): Promise<Map<string, StoredUser>> {
    if (usernames.length === 0) return new Map();
    const keys = usernames.map(keyOf);
    const stored = (await batchGet(this.#table, keys)).map(readUser);
    return new Map(stored.map((one) => [one.user.username, one]));
  }

  /** Stores a new user; tells whether the name was free. @throws {UnavailableError} */
  async create(stored: StoredUser): Promise<boolean> {
    const Item = { ...keyOf(stored.user.username), ...userAttributes(stored), sessions: {} };
    const condition = 'attribute_not_exists(pk) OR imported.#record = :record';
    const command = new PutCommand({
      TableName: this.#table.name,
      Item,
      // A retry after a lost answer finds the very record that it wrote.
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
   * Changes a user's profile, and of hash and activity what changed in the dump. A user who is disabled loses every
   * session and every token of Django's; one with another hash the sessions, as the tokens of Django's stayed there too.
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
  // Records were checked before they came here.
  if (key === undefined) throw new RangeError('no item can have this username');
  return key;
}
