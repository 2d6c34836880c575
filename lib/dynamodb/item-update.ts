import type { ItemTable } from './item-client.ts';
import { type Item, ifConditionHolds } from './items.ts';
import type { Key } from './keys.ts';

/** A document path: the name of an attribute, then the names of nested map members. */
export type Path = readonly [string, ...string[]];

type Clause = 'SET' | 'REMOVE' | 'ADD' | 'DELETE';

/**
 * Builds the expressions of one UpdateItem, with a placeholder for each name and value.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 */
export class ItemUpdate {
  readonly #names = new Map<string, string>();
  readonly #values: unknown[] = [];
  readonly #clauses: Record<Clause, string[]> = { SET: [], REMOVE: [], ADD: [], DELETE: [] };
  /** All conditions must hold. Each one lists alternatives. */
  readonly #conditions: (readonly string[])[] = [];

  /** Returns the placeholder for a path. */
  path(path: Path): string {
    return path
      .map((name) => {
        const known = this.#names.get(name) ?? `#n${this.#names.size}`;
        this.#names.set(name, known);
        return known;
      })
      .join('.');
  }

  /** Returns the placeholder for a value. */
  value(value: unknown): string {
    return `:v${this.#values.push(value) - 1}`;
  }

  set(path: Path, value: unknown): this {
    return this.#clause('SET', `${this.path(path)} = ${this.value(value)}`);
  }

  /** Sets an attribute to the value that another one had before this update. */
  copy(path: Path, from: Path): this {
    return this.#clause('SET', `${this.path(path)} = ${this.path(from)}`);
  }

  /** Sets an attribute to the value that another one had before this update, or to null if that was missing. */
  copyOrNull(path: Path, from: Path): this {
    const source = `if_not_exists(${this.path(from)}, ${this.value(null)})`;
    return this.#clause('SET', `${this.path(path)} = ${source}`);
  }

  /** Adds to a number. A missing attribute counts as 0. */
  increase(path: Path, by: number): this {
    return this.#clause('ADD', `${this.path(path)} ${this.value(by)}`);
  }

  remove(path: Path): this {
    return this.#clause('REMOVE', this.path(path));
  }

  /** Adds members to a string set. */
  addTo(path: Path, members: readonly string[]): this {
    return this.#changeSet('ADD', path, members);
  }

  /** Removes members from a string set. */
  deleteFrom(path: Path, members: readonly string[]): this {
    return this.#changeSet('DELETE', path, members);
  }

  ifEquals(path: Path, value: unknown): this {
    return this.if(`${this.path(path)} = ${this.value(value)}`);
  }

  /** Condition: the item exists. */
  ifExists(): this {
    return this.if(`attribute_exists(${this.path(['pk'])})`);
  }

  /** Adds a condition: at least one alternative must hold. Each is an expression with placeholders and without `OR`. */
  if(...alternatives: readonly [string, ...string[]]): this {
    this.#conditions.push(alternatives);
    return this;
  }

  /** The expressions of the UpdateItem input. */
  get input() {
    const clauses = Object.entries(this.#clauses).filter(([, parts]) => parts.length > 0);
    return {
      UpdateExpression: clauses.map(([clause, parts]) => `${clause} ${parts.join(', ')}`).join(' '),
      // DynamoDB rejects an empty expression.
      ...(this.#conditions.length > 0 && { ConditionExpression: toConditionExpression(this.#conditions) }),
      ExpressionAttributeNames: Object.fromEntries([...this.#names].map(([name, known]) => [known, name])),
      ExpressionAttributeValues: Object.fromEntries(
        this.#values.map((value, index) => [`:v${index}`, value]),
      ),
    };
  }

  /** DynamoDB rejects an empty set. */
  #changeSet(clause: 'ADD' | 'DELETE', path: Path, members: readonly string[]): this {
    if (members.length === 0) return this;
    return this.#clause(clause, `${this.path(path)} ${this.value(new Set(members))}`);
  }

  #clause(clause: Clause, part: string): this {
    this.#clauses[clause].push(part);
    return this;
  }
}

/**
 * Joins conditions. Omits parentheses that precedence makes unnecessary: with them, the embedded DynamoDB takes seven times
 * as long to parse the expression.
 */
function toConditionExpression(conditions: readonly (readonly string[])[]): string {
  return conditions
    .map((alternatives) => {
      const condition = alternatives.join(' OR ');
      return alternatives.length === 1 || conditions.length === 1 ? condition : `(${condition})`;
    })
    .join(' AND ');
}

/**
 * Updates an item. Returns the changed attributes, or undefined if a condition failed.
 *
 * @param key undefined if no item can have the key
 * @param options.isRetried whether the client retries a call that fails or whose response is lost; true by default
 * @param options.returns the values of the returned attributes: those after the update by default
 * @throws {UnavailableError}
 */
export async function updateItem(
  { client, name }: ItemTable,
  key: Key | undefined,
  update: ItemUpdate,
  options: { isRetried?: boolean; returns?: 'UPDATED_NEW' | 'UPDATED_OLD' } = {},
): Promise<Item | undefined> {
  const { isRetried = true, returns = 'UPDATED_NEW' } = options;
  if (key === undefined) return undefined;
  const input = { TableName: name, Key: key, ...update.input, ReturnValues: returns };
  const output = await ifConditionHolds(isRetried ? client.update(input) : client.updateOnce(input));
  return output && (output.Attributes ?? {});
}
