/** One measured number and what it may be at most. */
export interface Report {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
  /** What the number was made of. */
  readonly detail: string;
}

const format = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(2));

/** Lays reports out as a table for a terminal. */
export function table(reports: readonly Report[]): string {
  const rows = [
    ['what', 'measured', 'at most', '', 'made of'],
    ...reports.map(({ what, value, limit, detail }) => [
      what,
      format(value),
      format(limit),
      value <= limit ? 'ok' : 'OVER',
      detail,
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** A ratio of two medians, with the medians beside it. */
export const ratio = (what: string, limit: number, ours: number, bare: number, against: string): Report => ({
  what,
  value: ours / bare,
  limit,
  detail: `${ours.toFixed(3)} ms against ${bare.toFixed(3)} ms of ${against}`,
});
