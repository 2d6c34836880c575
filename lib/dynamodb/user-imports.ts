import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { batchGet } from './batches.ts';
import { isConditionFailure, reach, type Table } from './client.ts';
import { userKey } from './keys.ts';
import { readUser, type StoredUser, userAttributes } from './user-item.ts';

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
    return this.#succeeds(
      new PutCommand({
        TableName: this.#table.name,
        Item,
        // A retry after a lost answer finds the very record that it wrote.
        ConditionExpression: condition,
        ExpressionAttributeNames: { '#record': 'record' },
        ExpressionAttributeValues: { ':record': stored.imported?.record ?? '' },
      }),
    );
  }

  /** Changes a user's profile, and the hash where `withPassword` says so; sessions stay. @throws {UnavailableError} */
  async update(stored: StoredUser, { withPassword }: { withPassword: boolean }): Promise<boolean> {
    const { password, ...profile } = userAttributes(stored);
    const changed = Object.entries(withPassword ? { ...profile, password } : profile);
    return this.#succeeds(
      new UpdateCommand({
        TableName: this.#table.name,
        Key: keyOf(stored.user.username),
        UpdateExpression: `SET ${changed.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: Object.fromEntries(changed.map(([name]) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(changed.map(([name, value]) => [`:${name}`, value])),
      }),
    );
  }

  /** Gives a user another id, which ends the tokens of the old one. @throws {UnavailableError} */
  async renumber(username: string, id: number): Promise<boolean> {
    return this.#succeeds(
      new UpdateCommand({
        TableName: this.#table.name,
        Key: keyOf(username),
        UpdateExpression: 'SET user_id = :id',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':id': id },
      }),
    );
  }

  /** @throws {UnavailableError} */
  async remove(username: string): Promise<void> {
    await reach(
      this.#table.client.send(new DeleteCommand({ TableName: this.#table.name, Key: keyOf(username) })),
    );
  }

  async #succeeds(command: PutCommand | UpdateCommand): Promise<boolean> {
    try {
      await reach(this.#send(command));
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }

  #send(command: PutCommand | UpdateCommand): Promise<unknown> {
    return command instanceof PutCommand
      ? this.#table.client.send(command)
      : this.#table.client.send(command);
  }
}

function keyOf(username: string) {
  const key = userKey(username);
  // Records were checked before they came here.
  if (key === undefined) throw new RangeError('no item can have this username');
  return key;
}
