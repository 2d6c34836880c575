import type { Table } from '../lib/dynamodb/client.ts';
import { toDatetimeFormat } from '../lib/posts/datetime-format.ts';
import { createDatetimeFormats } from '../lib/wiring.ts';

/** Returns a function that converts stored datetimes to the format of the table. Datetimes from before an import may differ. */
export async function datetimeConverter(table: Table): Promise<(stored: string) => string> {
  const format = await createDatetimeFormats(table).find();
  return (stored) => toDatetimeFormat(stored, format);
}
