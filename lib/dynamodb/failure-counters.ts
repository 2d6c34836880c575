import { randomUUID } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import type { Counted, DelayRule, FailureCounters, Refused, WindowLimit } from '../throttling/throttle.ts';
import { reach, type Table } from './client.ts';
import { parseItem } from './item.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { failuresKey } from './keys.ts';

const counterSchema = v.object({
  failures: v.optional(v.number(), 0),
  begun: v.optional(v.number(), 0),
  /** When the count begins anew, in seconds since 1970; `expires` is when DynamoDB may delete it. */
  window_ends: v.optional(v.number(), 0),
  delayed_until: v.optional(v.number(), 0),
});
const countSchema = v.object({ begun: v.number() });

type Counter = v.InferOutput<typeof counterSchema>;

/**
 * Counters of failures, one item each. A retried call may count a failure twice, which is the safe side; it never takes
 * one back twice.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export class FailureCounterRepository implements FailureCounters {
  readonly #table: Table;
  readonly #retryTiming: RetryTiming | undefined;

  constructor(table: Table, retryTiming?: RetryTiming) {
    this.#table = table;
    this.#retryTiming = retryTiming;
  }

  async countInWindow(key: string, limit: WindowLimit, now: number): Promise<Counted | Refused> {
    const end = now + limit.seconds;
    return retryOnConflict(async (): Promise<Counted | Refused | undefined> => {
      const counted = await this.#countOn(key, limit, now, end);
      if (counted !== undefined) return counted;
      const counter = await this.#find(key);
      if (counter === undefined || counter.window_ends <= now) return this.#begin(key, now, end);
      return counter.failures < limit.failures ? undefined : { waitSeconds: counter.window_ends - now };
    }, this.#retryTiming);
  }

  async countInRow(
    key: string,
    rule: DelayRule,
    now: number,
    isLetThrough: Promise<boolean>,
  ): Promise<Counted | Refused> {
    const end = now + rule.keptSeconds;
    return retryOnConflict(async (): Promise<Counted | Refused | undefined> => {
      const free = await this.#countFree(key, rule, now, end);
      if (free !== undefined) return free;
      const counter = await this.#find(key);
      if (counter === undefined || counter.window_ends <= now) return this.#begin(key, now, end);
      // Another attempt was taken back meanwhile: this one may be free.
      if (counter.failures < rule.free) return undefined;
      if (counter.delayed_until > now) return { waitSeconds: counter.delayed_until - now };
      if (!(await isLetThrough)) return { waitSeconds: 0 };
      const delayedUntil = now + rule.delayAfter(counter.failures - rule.free);
      const delaying = await this.#delay(key, counter, delayedUntil, end);
      return delaying && { ...delaying, delayedUntil };
    }, this.#retryTiming);
  }

  async takeBack(key: string, { begun, delayedUntil }: Counted): Promise<void> {
    const update = new ItemUpdate().ifEquals(['begun'], begun);
    // A retry after a lost answer finds its own doing, and takes nothing more.
    const [by, nonce] = [update.path(['taken_back_by']), randomUUID()];
    update.if(`attribute_not_exists(${by}) OR ${by} <> ${update.value(nonce)}`);
    update.set(['taken_back_by'], nonce);
    if (delayedUntil !== undefined) {
      update.ifEquals(['delayed_until'], delayedUntil).remove(['delayed_until']);
    }
    update.if(`${update.path(['failures'])} > ${update.value(0)}`).increase(['failures'], -1);
    await this.#update(key, update);
  }

  async reset(key: string, now: number): Promise<void> {
    const update = new ItemUpdate().remove(['failures']).remove(['begun']);
    update.remove(['window_ends']).remove(['delayed_until']);
    const pk = update.path(['pk']);
    await this.#update(key, update.set(['expires'], now).if(`attribute_exists(${pk})`));
  }

  /** Counts one more in a window that lasts and is not full. */
  #countOn(key: string, limit: WindowLimit, now: number, end: number): Promise<Counted | undefined> {
    const update = new ItemUpdate();
    const [failures, ends] = [update.path(['failures']), update.path(['window_ends'])];
    const lasts = `${ends} > ${update.value(now)} AND ${failures} < ${update.value(limit.failures)}`;
    update.if(`attribute_not_exists(${ends}) OR (${lasts})`);
    update.setIfAbsent(['window_ends'], end).set(['expires'], end);
    return this.#count(key, update.setIfAbsent(['begun'], now).increase(['failures'], 1));
  }

  /** Counts the first, where the window before has ended. */
  #begin(key: string, now: number, end: number): Promise<Counted | undefined> {
    const update = new ItemUpdate();
    const ends = update.path(['window_ends']);
    update.if(`attribute_not_exists(${ends}) OR ${ends} <= ${update.value(now)}`);
    update.set(['window_ends'], end).set(['expires'], end).remove(['delayed_until']);
    return this.#count(key, update.set(['begun'], now).set(['failures'], 1));
  }

  #countFree(key: string, rule: DelayRule, now: number, end: number): Promise<Counted | undefined> {
    const update = new ItemUpdate();
    const [failures, ends] = [update.path(['failures']), update.path(['window_ends'])];
    const lasts = `${ends} > ${update.value(now)} AND ${failures} < ${update.value(rule.free)}`;
    update.if(`attribute_not_exists(${ends}) OR (${lasts})`);
    update.set(['window_ends'], end).set(['expires'], end);
    return this.#count(key, update.setIfAbsent(['begun'], now).increase(['failures'], 1));
  }

  /** Counts one beyond the free ones, and makes the next wait. */
  #delay(
    key: string,
    { failures, begun }: Counter,
    until: number,
    end: number,
  ): Promise<Counted | undefined> {
    const update = new ItemUpdate().ifEquals(['failures'], failures);
    update.set(['delayed_until'], until).set(['window_ends'], end).set(['expires'], end);
    return this.#count(key, update.setIfAbsent(['begun'], begun).set(['failures'], failures + 1));
  }

  async #count(key: string, update: ItemUpdate): Promise<Counted | undefined> {
    const attributes = await this.#update(key, update);
    return attributes && parseItem(countSchema, attributes);
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
