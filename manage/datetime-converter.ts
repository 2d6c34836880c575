import type { Table } from '../lib/dynamodb/client.ts';
import { toDatetimeFormat } from '../lib/posts/datetime-format.ts';
import { createImportedFormats } from '../lib/wiring.ts';

/** Returns a function that converts stored datetimes to the format of the table. Datetimes from before an import may differ. */
export async function datetimeConverter(table: Table): Promise<(stored: string) => string> {
  const format = await createImportedFormats(table).datetimeFormat();
  return (stored) => toDatetimeFormat(stored, format);
}
