import { styleText } from 'node:util';

/** Writes a result to standard output. */
export const tell = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Writes what is no result, such as a problem on the way, to standard error. */
export const warn = (text: string): boolean => process.stderr.write(`${text}\n`);

/** Colours text for standard output, if that is a terminal with colours. */
export const coloured = (colour: 'green' | 'red' | 'yellow', text: string): string =>
  styleText(colour, text, { stream: process.stdout });

/** Characters that move the cursor or change colours have no place in a table; they are shown as escapes. */
const printable = (cell: string): string =>
  cell.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));

/** Lays rows out in columns. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
