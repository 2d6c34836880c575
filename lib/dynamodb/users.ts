import { UsernameTakenError } from '../errors.ts';
import type { Account } from '../users/account.ts';
import type { Credentials, Profile, User } from '../users/user.ts';
import type { ItemTable } from './item-client.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { deleteItem, findItem, IF_ABSENT, putItem } from './items.ts';
import { userKey, usernameFailuresKey } from './keys.ts';
import { addChange } from './session-updates.ts';
import {
  accountSchema,
  credentialsSchema,
  newUserItem,
  profileSchema,
  toAccount,
  toCredentials,
  toProfile,
} from './user-item.ts';

/** Stores users. Each user is one item, so that every change is one atomic write. */
export class UserRepository {
  readonly #table: ItemTable;

  constructor(table: ItemTable) {
    this.#table = table;
  }

  /** @throws {UnavailableError} */
  async findAccount(username: string): Promise<Account | undefined> {
    const item = await findItem(this.#table, userKey(username), accountSchema);
    return item && toAccount(item);
  }

  /** @throws {UnavailableError} */
  async findCredentials(username: string): Promise<Credentials | undefined> {
    const item = await findItem(this.#table, userKey(username), credentialsSchema);
    return item && toCredentials(item);
  }

  /** @throws {UnavailableError} */
  async findProfile(username: string): Promise<Profile | undefined> {
    const item = await findItem(this.#table, userKey(username), profileSchema);
    return item && toProfile(item);
  }

  /**
   * Stores a new user, without sessions.
   *
   * @throws {UsernameTakenError}
   * @throws {RangeError} if no item can have the username
   * @throws {UnavailableError}
   */
  async create(user: User): Promise<void> {
    if (await putItem(this.#table, newUserItem({ user, imported: undefined }), IF_ABSENT)) return;
    // If the response to the first attempt was lost, the retry finds its own item. The salt makes each hash unique.
    const stored = await this.findCredentials(user.username);
    if (stored?.password !== user.password) throw new UsernameTakenError();
  }

  /**
   * Replaces the password hash and ends all sessions. Returns whether the user exists.
   *
   * @param nowSeconds seconds since 1970
   * @throws {UnavailableError}
   */
  setPassword(username: string, hash: string, nowSeconds: number): Promise<boolean> {
    return this.#update(username, endAll(new ItemUpdate().set(['password'], hash), nowSeconds));
  }

  /**
   * Disables an account and ends all sessions. Returns whether the user exists.
   *
   * @param nowSeconds seconds since 1970
   * @throws {UnavailableError}
   */
  disable(username: string, nowSeconds: number): Promise<boolean> {
    return this.#update(username, endAll(new ItemUpdate().set(['is_active'], false), nowSeconds));
  }

  /** Enables an account. Returns whether the user exists. @throws {UnavailableError} */
  enable(username: string): Promise<boolean> {
    return this.#update(username, new ItemUpdate().set(['is_active'], true));
  }

  /** Deletes an account with its sessions and failed logins. Returns whether it existed. @throws {UnavailableError} */
  async delete(username: string): Promise<boolean> {
    // The account last: after an interruption in between, the command can be repeated.
    await deleteItem(this.#table, usernameFailuresKey(username));
    return deleteItem(this.#table, userKey(username));
  }

  /** Condition: the user exists. */
  async #update(username: string, update: ItemUpdate): Promise<boolean> {
    return (await updateItem(this.#table, userKey(username), update.ifExists())) !== undefined;
  }
}

const endAll = (update: ItemUpdate, revokedBefore: number): ItemUpdate =>
  addChange(update, { type: 'end_all', revokedBefore });
