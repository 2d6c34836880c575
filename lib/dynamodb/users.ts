import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { UsernameTakenError } from '../errors.ts';
import type { Account, AccountDirectory, Credentials, CredentialsStore, User } from '../users/user.ts';
import { isConditionFailure, reach, type Table } from './client.ts';
import { userKey } from './keys.ts';
import {
  ACCOUNT_ATTRIBUTES,
  CREDENTIALS_ATTRIBUTES,
  readAccount,
  readCredentials,
  readUser,
  userAttributes,
} from './user-item.ts';

/** Users, one item each, which is the unit of consistency. */
export class UserRepository implements AccountDirectory, CredentialsStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async findAccount(username: string): Promise<Account | undefined> {
    const item = await this.#get(username, ACCOUNT_ATTRIBUTES);
    return item === undefined ? undefined : readAccount(item);
  }

  async findCredentials(username: string): Promise<Credentials | undefined> {
    const item = await this.#get(username, CREDENTIALS_ATTRIBUTES);
    return item === undefined ? undefined : readCredentials(item);
  }

  /** @throws {UnavailableError} */
  async findUser(username: string): Promise<User | undefined> {
    const item = await this.#get(username);
    return item === undefined ? undefined : readUser(item).user;
  }

  async replacePassword(username: string, expected: string, replacement: string): Promise<boolean> {
    const written = await this.#update(username, 'SET password = :replacement', 'password = :expected', {
      ':expected': expected,
      ':replacement': replacement,
    });
    if (written) return true;
    // A retry after a lost answer fails its condition on its own success; the replacement, salted, tells.
    return (await this.findCredentials(username))?.password === replacement;
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
      await reach(
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
      // A retry after a lost answer finds its own item; a salted hash is no other's.
      if ((await this.findCredentials(user.username))?.password !== user.password)
        throw new UsernameTakenError();
    }
  }

  /** Sets the hash, whatever it was; tells whether there is such a user. @throws {UnavailableError} */
  setPassword(username: string, hash: string): Promise<boolean> {
    return this.#update(username, 'SET password = :hash', 'attribute_exists(pk)', { ':hash': hash });
  }

  /** Enables or disables; tells whether there is such a user. @throws {UnavailableError} */
  setActive(username: string, isActive: boolean): Promise<boolean> {
    return this.#update(username, 'SET is_active = :active', 'attribute_exists(pk)', { ':active': isActive });
  }

  async #get(username: string, attributes?: readonly string[]): Promise<unknown> {
    const key = userKey(username);
    if (key === undefined) return undefined;
    const { Item } = await reach(
      this.#table.client.send(
        new GetCommand({
          TableName: this.#table.name,
          Key: key,
          ConsistentRead: true,
          ...(attributes && { ProjectionExpression: attributes.join(', ') }),
        }),
      ),
    );
    return Item;
  }

  async #update(
    username: string,
    update: string,
    condition: string,
    values: Record<string, unknown>,
  ): Promise<boolean> {
    const key = userKey(username);
    if (key === undefined) return false;
    try {
      await reach(
        this.#table.client.send(
          new UpdateCommand({
            TableName: this.#table.name,
            Key: key,
            UpdateExpression: update,
            ConditionExpression: condition,
            ExpressionAttributeValues: values,
          }),
        ),
      );
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }
}
