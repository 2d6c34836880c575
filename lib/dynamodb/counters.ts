import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { isConditionFailure, reach, type Table } from './client.ts';
import { parseItem } from './item.ts';
import { type CounterName, counterKey } from './keys.ts';

const counterSchema = v.object({ last: v.number() });

/** Numeric ids, from one atomic item each. A retried call may leave a gap, never a duplicate. */
export class Counters {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Takes `count` ids at once and gives the first of them. @throws {UnavailableError} */
  async take(name: CounterName, count = 1): Promise<number> {
    const { Attributes } = await reach(
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
    try {
      await reach(
        this.#table.client.send(
          new UpdateCommand({
            TableName: this.#table.name,
            Key: counterKey(name),
            UpdateExpression: 'SET #last = :last',
            ConditionExpression: 'attribute_not_exists(#last) OR #last < :last',
            ExpressionAttributeNames: { '#last': 'last' },
            ExpressionAttributeValues: { ':last': last },
          }),
        ),
      );
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
  }
}
