import * as v from 'valibot';
import type { ItemTable } from './item-client.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { getItem, parseItem } from './items.ts';
import { type CounterName, counterKey } from './keys.ts';

const counterSchema = v.object({ last: v.optional(v.number(), 0), reserved: v.optional(v.number(), 0) });

/** Atomic counters of numeric ids, one item each. An SDK retry can skip ids, but no id is assigned twice. */
export class Counters {
  readonly #table: ItemTable;

  constructor(table: ItemTable) {
    this.#table = table;
  }

  /** Reserves `count` consecutive ids and returns the first. @throws {UnavailableError} */
  async take(name: CounterName, count = 1): Promise<number> {
    const update = new ItemUpdate().increase(['last'], count);
    const updated = await updateItem(this.#table, counterKey(name), update);
    return parseItem(counterSchema, updated).last - count + 1;
  }

  /** Raises the last assigned id to `last`. Does not lower it. @throws {UnavailableError} */
  async raise(name: CounterName, last: number): Promise<void> {
    await this.#raise(name, 'last', last);
  }

  /**
   * Reserves all ids up to `last` for an import: {@link take} no longer returns them. A command that took an id earlier
   * finds the reservation with {@link reserved}. Returns the highest id that may already have been taken.
   *
   * @throws {UnavailableError}
   */
  async reserve(name: CounterName, last: number): Promise<number> {
    const before = await this.#raise(name, 'last', last);
    await this.#raise(name, 'reserved', last);
    return before;
  }

  /** Returns the highest id that an import has reserved, or 0. @throws {UnavailableError} */
  async reserved(name: CounterName): Promise<number> {
    return parseItem(counterSchema, (await getItem(this.#table, counterKey(name))) ?? {}).reserved;
  }

  /** Raises an attribute to a value. Returns the earlier value, or the given one if the attribute was not lower. */
  async #raise(name: CounterName, attribute: 'last' | 'reserved', value: number): Promise<number> {
    const update = new ItemUpdate().set([attribute], value);
    const stored = update.path([attribute]);
    update.if(`attribute_not_exists(${stored})`, `${stored} < ${update.value(value)}`);
    const before = await updateItem(this.#table, counterKey(name), update, { returns: 'UPDATED_OLD' });
    return before === undefined ? value : parseItem(counterSchema, before)[attribute];
  }
}
