import * as v from 'valibot';
import { AWARE, type DatetimeFormat } from '../posts/datetime-format.ts';
import type { ItemTable } from './item-client.ts';
import { getItem, parseItem, putItem } from './items.ts';
import { DATETIME_FORMAT_KEY } from './keys.ts';

const formatSchema = v.variant('kind', [
  v.object({ kind: v.literal('aware') }),
  v.object({ kind: v.literal('naive'), timeZone: v.string() }),
]);

/** The format of datetimes in the table, stored by the last import. Before the first import, datetimes are aware. */
export class DatetimeFormatRepository {
  readonly #table: ItemTable;

  constructor(table: ItemTable) {
    this.#table = table;
  }

  /** @throws {UnavailableError} */
  async find(): Promise<DatetimeFormat> {
    const item = await getItem(this.#table, DATETIME_FORMAT_KEY);
    return item === undefined ? AWARE : parseItem(formatSchema, item);
  }

  /** @throws {UnavailableError} */
  async put(format: DatetimeFormat): Promise<void> {
    await putItem(this.#table, { ...DATETIME_FORMAT_KEY, ...format });
  }
}
