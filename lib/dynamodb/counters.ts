import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { isConditionFailure, type Table, translateErrors } from './client.ts';
import { parseItem } from './item.ts';
import { type CounterName, counterKey } from './keys.ts';

const counterSchema = v.object({ last: v.optional(v.number(), 0), reserved: v.optional(v.number(), 0) });

/** Numeric ids, from one atomic item for each name. A retried call may leave a gap, never a duplicate. */
export class Counters {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reserves `count` consecutive ids and returns the first. @throws {UnavailableError} */
  async take(name: CounterName, count = 1): Promise<number> {
    const { Attributes } = await translateErrors(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: counterKey(name),
          UpdateExpression: 'ADD #last :count',
          ExpressionAttributeNames: { '#last': 'last' },
          ExpressionAttributeValues: { ':count': count },
          ReturnValues: 'UPDATED_NEW',
        }),
      ),
    );
    return parseItem(counterSchema, Attributes).last - count + 1;
  }

  /** Raises the last id given out to `last`, never lowers it. @throws {UnavailableError} */
  async raise(name: CounterName, last: number): Promise<void> {
    await this.#raise(name, 'last', last);
  }

  /**
   * Reserves all ids up to `last` for an import: {@link take} returns none of them from now on. A command that took one
   * before sees the reservation in {@link reserved}. Returns the highest id that may have been taken before.
   *
   * @throws {UnavailableError}
   */
  async reserve(name: CounterName, last: number): Promise<number> {
    const before = await this.#raise(name, 'last', last);
    await this.#raise(name, 'reserved', last);
    return before;
  }

  /** Reads the highest id that an import has reserved; 0 without one. @throws {UnavailableError} */
  async reserved(name: CounterName): Promise<number> {
    const { Item = {} } = await translateErrors(
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: counterKey(name), ConsistentRead: true }),
      ),
    );
    return parseItem(counterSchema, Item).reserved;
  }

  /** Raises an attribute to a value. Returns the earlier value, or the given one if the attribute was not lower. */
  async #raise(name: CounterName, attribute: 'last' | 'reserved', value: number): Promise<number> {
    try {
      const { Attributes = {} } = await translateErrors(
        this.#table.client.send(
          new UpdateCommand({
            TableName: this.#table.name,
            Key: counterKey(name),
            UpdateExpression: 'SET #attribute = :value',
            ConditionExpression: 'attribute_not_exists(#attribute) OR #attribute < :value',
            ExpressionAttributeNames: { '#attribute': attribute },
            ExpressionAttributeValues: { ':value': value },
            ReturnValues: 'UPDATED_OLD',
          }),
        ),
      );
      return parseItem(counterSchema, Attributes)[attribute];
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return value;
    }
  }
}
