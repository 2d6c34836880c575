import { markdownTable } from 'markdown-table';
import type { Load } from './measure.ts';
import { type Measurement, type Results, type Throughput, type Unit, verdictOf } from './results.ts';

const DIGITS: Record<Unit, number> = { '×': 2, calls: 0, bytes: 0, s: 1, MB: 0 };

const format = (value: number, digits: number) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Formats a run as Markdown that is readable on a terminal. */
export function report({ machine, startedAt, measurements, throughput }: Results): string {
  return [
    `${machine}, on ${startedAt.slice(0, 10)}`,
    ...(measurements.length > 0 ? [measurementTable(measurements), ...exceptions(measurements)] : []),
    ...(throughput.length > 0 ? [throughputTable(throughput)] : []),
    '',
  ].join('\n\n');
}

const measurementTable = (measurements: readonly Measurement[]): string =>
  markdownTable(
    [
      ['what', 'measured', 'quartiles', 'limit', '', 'details'],
      ...measurements.map((measurement) => {
        const { what, unit, value, quartiles, limit, detail } = measurement;
        const digits = DIGITS[unit];
        return [
          what,
          `${format(value, digits)} ${unit}`,
          quartiles?.map((one) => format(one, digits)).join(' to ') ?? '',
          limit === undefined ? '' : format(limit, digits),
          verdictOf(measurement),
          detail,
        ];
      }),
    ],
    { align: ['l', 'r', 'r', 'r', 'l', 'l'] },
  );

const exceptions = (measurements: readonly Measurement[]): string[] =>
  measurements
    .filter((measurement) => verdictOf(measurement) === 'explained')
    .map(
      ({ what, exception, unit }) => `${what} may reach ${exception?.upTo} ${unit}: ${exception?.because}`,
    );

/** Formats a row for each request and target, with a column for each number of clients. */
function throughputTable(throughput: readonly Throughput[]): string {
  const numbers = [...new Set(throughput.map(({ clients }) => clients))];
  const [first] = numbers;
  const rows = throughput
    .filter(({ clients }) => clients === first)
    .map(({ request, target }) => {
      const loads = throughput.filter((one) => one.request === request && one.target === target);
      return [request, target, ...loads.map(loadOf)];
    });
  return markdownTable(
    [['request', 'target', ...numbers.map((clients) => `${clients} concurrent`)], ...rows],
    {
      align: ['l', 'l', ...numbers.map(() => 'r')],
    },
  );
}

function loadOf({ perSecond, p50Ms, p99Ms, cpuMs, failure }: Load): string {
  if (failure !== undefined) return `failed: ${failure}`;
  const cpu = cpuMs === undefined ? '' : `, CPU ${cpuMs.map((one) => format(one, 2)).join(' + ')} ms`;
  return `${format(perSecond, 0)}/s, p50 ${format(p50Ms, 1)} ms, p99 ${format(p99Ms, 1)} ms${cpu}`;
}
