import { styleText } from 'node:util';

const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** Writes a result to standard output. Escapes its lines, because they may contain stored data. */
export const tell = (text: string): boolean => process.stdout.write(`${printableLines(text)}\n`);

/** Writes a message that is not a result, such as a warning, to standard error. Escapes its lines as {@link tell}. */
export const warn = (text: string): boolean => process.stderr.write(`${printableLines(text)}\n`);

/** Writes a line with {@link colored} parts to standard output. The other parts must be {@link printable}. */
export const tellColored = (line: string): boolean => process.stdout.write(`${line}\n`);

/**
 * Colors text for standard output. Returns the text unchanged if that is not a terminal with colors, or if `NO_COLOR`
 * is set.
 *
 * @see https://no-color.org
 */
export const colored = (color: 'green' | 'red' | 'yellow', text: string): string =>
  process.stdout.isTTY && !process.env.NO_COLOR ? styleText(color, text, { stream: process.stdout }) : text;

/**
 * Escapes characters that could move the cursor, change colors, or change the direction or the order of text: control and
 * format characters, line separators and halves of surrogate pairs. The escapes are those of JSON.
 */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );

/** Lays out rows in columns. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  // Not `Math.max(...lengths)`: a table has more rows than a call may have arguments.
  const widths = (cells[0] ?? []).map((_, column) =>
    cells.reduce((width, row) => Math.max(width, (row[column] ?? '').length), 0),
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
