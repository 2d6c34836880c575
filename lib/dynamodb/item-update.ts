import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isConditionFailure, type Table, translateErrors } from './client.ts';
import type { Key } from './keys.ts';

/** An expression attribute path, part by part; each part is a name as it is. */
export type Path = readonly [string, ...string[]];

type Clause = 'SET' | 'REMOVE' | 'ADD' | 'DELETE';

/**
 * Collects what one UpdateItem does and under which conditions, with placeholders for every name and value.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 */
export class ItemUpdate {
  readonly #names = new Map<string, string>();
  readonly #values: unknown[] = [];
  readonly #clauses: Record<Clause, string[]> = { SET: [], REMOVE: [], ADD: [], DELETE: [] };
  readonly #conditions: string[] = [];

  /** The placeholder of a path. */
  path(path: Path): string {
    return path
      .map((name) => {
        const known = this.#names.get(name) ?? `#n${this.#names.size}`;
        this.#names.set(name, known);
        return known;
      })
      .join('.');
  }

  /** The placeholder of a value. */
  value(value: unknown): string {
    return `:v${this.#values.push(value) - 1}`;
  }

  set(path: Path, value: unknown): this {
    return this.#clause('SET', `${this.path(path)} = ${this.value(value)}`);
  }

  /** Sets an attribute to what another one was before this update. */
  copy(path: Path, from: Path): this {
    return this.#clause('SET', `${this.path(path)} = ${this.path(from)}`);
  }

  /** Sets an attribute to the value that another one had before this update, or to null if it had none. */
  copyOrNull(path: Path, from: Path): this {
    const source = `if_not_exists(${this.path(from)}, ${this.value(null)})`;
    return this.#clause('SET', `${this.path(path)} = ${source}`);
  }

  /** Sets an attribute that is not there yet. */
  setIfAbsent(path: Path, value: unknown): this {
    const name = this.path(path);
    return this.#clause('SET', `${name} = if_not_exists(${name}, ${this.value(value)})`);
  }

  /** Adds to a number, from 0 where there is none. */
  increase(path: Path, by: number): this {
    return this.#clause('ADD', `${this.path(path)} ${this.value(by)}`);
  }

  remove(path: Path): this {
    return this.#clause('REMOVE', this.path(path));
  }

  /** Adds members to a set. */
  addTo(path: Path, members: readonly string[]): this {
    return members.length === 0
      ? this
      : this.#clause('ADD', `${this.path(path)} ${this.value(new Set(members))}`);
  }

  /** Takes members out of a set. */
  deleteFrom(path: Path, members: readonly string[]): this {
    return members.length === 0
      ? this
      : this.#clause('DELETE', `${this.path(path)} ${this.value(new Set(members))}`);
  }

  ifEquals(path: Path, value: unknown): this {
    return this.if(`${this.path(path)} = ${this.value(value)}`);
  }

  /** Adds a condition, made of placeholders; all of them have to hold. */
  if(condition: string): this {
    this.#conditions.push(`(${condition})`);
    return this;
  }

  /** What of an UpdateItem's input is made of expressions. */
  get input() {
    const clauses = Object.entries(this.#clauses).filter(([, parts]) => parts.length > 0);
    return {
      UpdateExpression: clauses.map(([clause, parts]) => `${clause} ${parts.join(', ')}`).join(' '),
      // An empty expression is refused.
      ...(this.#conditions.length > 0 && { ConditionExpression: this.#conditions.join(' AND ') }),
      ExpressionAttributeNames: Object.fromEntries([...this.#names].map(([name, known]) => [known, name])),
      ExpressionAttributeValues: Object.fromEntries(
        this.#values.map((value, index) => [`:v${index}`, value]),
      ),
    };
  }

  #clause(clause: Clause, part: string): this {
    this.#clauses[clause].push(part);
    return this;
  }
}

/**
 * Runs an update. Returns the attributes that it changed, as they are now, or undefined if a condition failed.
 *
 * @param options.isRetried whether the SDK repeats the call if it fails, also if only the answer was lost; true by default
 * @throws {UnavailableError}
 */
export async function updateItem(
  { client, name }: Table,
  key: Key,
  update: ItemUpdate,
  { isRetried = true }: { isRetried?: boolean } = {},
): Promise<Record<string, unknown> | undefined> {
  const command = new UpdateCommand({
    TableName: name,
    Key: key,
    ...update.input,
    ReturnValues: 'UPDATED_NEW',
  });
  if (!isRetried) sendOnce(command);
  try {
    const { Attributes = {} } = await translateErrors(client.send(command));
    return Attributes;
  } catch (error) {
    if (isConditionFailure(error)) return undefined;
    throw error;
  }
}

/** Makes the retries of the client fail before they are sent. */
function sendOnce(command: UpdateCommand): void {
  let isSent = false;
  command.middlewareStack.add(
    (next) => (args) => {
      if (isSent) throw new Error('the call is not repeated');
      isSent = true;
      return next(args);
    },
    // Inside the retries, which are at high priority. The document client adds the command's middleware twice.
    { step: 'finalizeRequest', priority: 'low', name: 'sendOnce', override: true },
  );
}
