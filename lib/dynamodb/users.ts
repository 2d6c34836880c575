import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { UsernameTakenError } from '../errors.ts';
import type { Account } from '../users/account.ts';
import type { Credentials, Profile, User } from '../users/user.ts';
import { isConditionFailure, type Table, translateErrors } from './client.ts';
import { ItemUpdate } from './item-update.ts';
import { userKey } from './keys.ts';
import { addChange } from './session-updates.ts';
import { getUserItem, updateUserItem } from './user-access.ts';
import {
  ACCOUNT_ATTRIBUTES,
  CREDENTIALS_ATTRIBUTES,
  PROFILE_ATTRIBUTES,
  readAccount,
  readCredentials,
  readProfile,
  userAttributes,
} from './user-item.ts';

/** Users, one item each, which is the unit of consistency. */
export class UserRepository {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** @throws {UnavailableError} */
  async findAccount(username: string): Promise<Account | undefined> {
    const item = await getUserItem(this.#table, username, ACCOUNT_ATTRIBUTES);
    return item === undefined ? undefined : readAccount(item);
  }

  /** @throws {UnavailableError} */
  async findCredentials(username: string): Promise<Credentials | undefined> {
    const item = await getUserItem(this.#table, username, CREDENTIALS_ATTRIBUTES);
    return item === undefined ? undefined : readCredentials(item);
  }

  /** @throws {UnavailableError} */
  async findProfile(username: string): Promise<Profile | undefined> {
    const item = await getUserItem(this.#table, username, PROFILE_ATTRIBUTES);
    return item === undefined ? undefined : readProfile(item);
  }

  /**
   * Stores a new user, without sessions.
   *
   * @throws {UsernameTakenError}
   * @throws {UnavailableError}
   */
  async create(user: User): Promise<void> {
    const key = userKey(user.username);
    if (key === undefined) throw new RangeError('a username is well-formed Unicode of at most 2043 bytes');
    try {
      await translateErrors(
        this.#table.client.send(
          new PutCommand({
            TableName: this.#table.name,
            Item: { ...key, ...userAttributes({ user, imported: undefined }), sessions: {} },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      // If the response to the first write was lost, the retry recognises its own hash, which is salted.
      if ((await this.findCredentials(user.username))?.password !== user.password)
        throw new UsernameTakenError();
    }
  }

  /**
   * Sets the hash and ends all sessions. Returns whether the user exists.
   *
   * @param nowSeconds seconds since 1970
   * @throws {UnavailableError}
   */
  setPassword(username: string, hash: string, nowSeconds: number): Promise<boolean> {
    return this.#update(username, endAll(existing().set(['password'], hash), nowSeconds));
  }

  /**
   * Disables an account and ends all its sessions. Returns whether the user exists.
   *
   * @param nowSeconds seconds since 1970
   * @throws {UnavailableError}
   */
  disable(username: string, nowSeconds: number): Promise<boolean> {
    return this.#update(username, endAll(existing().set(['is_active'], false), nowSeconds));
  }

  /** Enables an account for new logins. Returns whether the user exists. @throws {UnavailableError} */
  enable(username: string): Promise<boolean> {
    return this.#update(username, existing().set(['is_active'], true));
  }

  /** Deletes an account with its sessions. Returns whether the user existed. @throws {UnavailableError} */
  async delete(username: string): Promise<boolean> {
    const Key = userKey(username);
    if (Key === undefined) return false;
    const { Attributes } = await translateErrors(
      this.#table.client.send(
        new DeleteCommand({ TableName: this.#table.name, Key, ReturnValues: 'ALL_OLD' }),
      ),
    );
    return Attributes !== undefined;
  }

  async #update(username: string, update: ItemUpdate): Promise<boolean> {
    return (await updateUserItem(this.#table, username, update)) !== undefined;
  }
}

const endAll = (update: ItemUpdate, revokedBefore: number): ItemUpdate =>
  addChange(update, { type: 'end_all', revokedBefore });

function existing(): ItemUpdate {
  const update = new ItemUpdate();
  return update.if(`attribute_exists(${update.path(['pk'])})`);
}
