import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { UnavailableError } from '../errors.ts';
import type { Counted, DelayRule, FailureCounters, Refused, WindowLimit } from '../throttling/throttle.ts';
import { reach, type Table } from './client.ts';
import { parseItem } from './item.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { failuresKey } from './keys.ts';

/** How often a count is tried that others keep getting ahead of. */
const ATTEMPTS = 20;

const counterSchema = v.object({
  failures: v.number(),
  /** When it counts as gone, in seconds since 1970; DynamoDB deletes it some time after. */
  expires: v.number(),
  delayed_until: v.optional(v.number(), 0),
});
const expiresSchema = v.object({ expires: v.number() });

type Counter = v.InferOutput<typeof counterSchema>;

/**
 * Counters of failures, one item each. A retried call may count a failure twice, which is the safe side.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export class FailureCounterRepository implements FailureCounters {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async countInWindow(key: string, limit: WindowLimit, now: number): Promise<Counted | Refused> {
    const end = now + limit.seconds;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const counted = await this.#countOn(key, limit, now, end);
      if (counted !== undefined) return counted;
      const counter = await this.#find(key);
      if (counter === undefined || counter.expires <= now) {
        const begun = await this.#begin(key, now, end);
        if (begun !== undefined) return begun;
      } else if (counter.failures >= limit.failures) {
        return { waitSeconds: counter.expires - now };
      }
    }
    throw contended();
  }

  async countInRow(key: string, rule: DelayRule, now: number): Promise<Counted | Refused> {
    const end = now + rule.keptSeconds;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const free = await this.#countFree(key, rule, now, end);
      if (free !== undefined) return free;
      const counter = await this.#find(key);
      if (counter === undefined || counter.expires <= now) {
        const begun = await this.#begin(key, now, end);
        if (begun !== undefined) return begun;
      } else if (counter.delayed_until > now) {
        return { waitSeconds: counter.delayed_until - now };
      } else if (await this.#delay(key, counter, now + rule.delayAfter(counter.failures - rule.free), end)) {
        return { until: end };
      }
    }
    throw contended();
  }

  async takeBack(key: string, { until }: Counted): Promise<void> {
    const update = new ItemUpdate().ifEquals(['expires'], until);
    update.if(`${update.path(['failures'])} > ${update.value(0)}`).increase(['failures'], -1);
    await this.#update(key, update);
  }

  async reset(key: string): Promise<void> {
    await reach(
      this.#table.client.send(new DeleteCommand({ TableName: this.#table.name, Key: failuresKey(key) })),
    );
  }

  /** Counts one more in a window that lasts and is not full. */
  #countOn(key: string, limit: WindowLimit, now: number, end: number): Promise<Counted | undefined> {
    const update = new ItemUpdate();
    const [failures, expires] = [update.path(['failures']), update.path(['expires'])];
    const lasts = `${expires} > ${update.value(now)} AND ${failures} < ${update.value(limit.failures)}`;
    update.if(`attribute_not_exists(${expires}) OR (${lasts})`);
    return this.#count(key, update.setIfAbsent(['expires'], end).increase(['failures'], 1));
  }

  /** Counts the first, where the window before has ended. */
  #begin(key: string, now: number, end: number): Promise<Counted | undefined> {
    const update = new ItemUpdate();
    const expires = update.path(['expires']);
    update.if(`attribute_not_exists(${expires}) OR ${expires} <= ${update.value(now)}`);
    update.set(['failures'], 1).set(['expires'], end).remove(['delayed_until']);
    return this.#count(key, update);
  }

  #countFree(key: string, rule: DelayRule, now: number, end: number): Promise<Counted | undefined> {
    const update = new ItemUpdate();
    const [failures, expires] = [update.path(['failures']), update.path(['expires'])];
    const lasts = `${expires} > ${update.value(now)} AND ${failures} < ${update.value(rule.free)}`;
    update.if(`attribute_not_exists(${expires}) OR (${lasts})`);
    return this.#count(key, update.set(['expires'], end).increase(['failures'], 1));
  }

  /** Counts one beyond the free ones, and makes the next wait. */
  async #delay(key: string, { failures }: Counter, until: number, end: number): Promise<boolean> {
    const update = new ItemUpdate().ifEquals(['failures'], failures);
    update
      .set(['failures'], failures + 1)
      .set(['delayed_until'], until)
      .set(['expires'], end);
    return (await this.#update(key, update)) !== undefined;
  }

  async #count(key: string, update: ItemUpdate): Promise<Counted | undefined> {
    const attributes = await this.#update(key, update);
    return attributes && { until: parseItem(expiresSchema, attributes).expires };
  }

  async #find(key: string): Promise<Counter | undefined> {
    const { Item } = await reach(
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: failuresKey(key), ConsistentRead: true }),
      ),
    );
    return Item && parseItem(counterSchema, Item);
  }

  async #update(key: string, update: ItemUpdate): Promise<Record<string, unknown> | undefined> {
    return updateItem(this.#table, failuresKey(key), update);
  }
}

const contended = () => new UnavailableError({ cause: new Error('others kept counting') });
