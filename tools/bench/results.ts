import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { type Load, medianOf, spreadOf, type Times } from './measure.ts';

/** The unit of a number. `×` is the ratio to the number that it is compared with. */
export type Unit = '×' | 'calls' | 'bytes' | 's' | 'MB';

/** The options of a run. */
export interface BenchOptions {
  /** The numbers of posts. */
  readonly posts?: readonly number[];
  /** The numbers of concurrent clients. */
  readonly clients?: readonly number[];
  /** Programs of Node.js that run the packaged functions, besides the one that runs the bench. */
  readonly node?: readonly string[];
}

/** One measured number. */
export interface Measurement {
  readonly what: string;
  readonly unit: Unit;
  readonly value: number;
  /** The first and third quartiles of the rounds. */
  readonly quartiles?: readonly [number, number];
  /** The maximum. Without a limit, the measurement is only a comparison. */
  readonly limit?: number;
  /** The reason why it may exceed its limit, and the maximum then. */
  readonly exception?: LimitException;
  /** The numbers behind the value. */
  readonly detail: string;
}

export interface LimitException {
  readonly upTo: number;
  readonly because: string;
}

/** The throughput of one kind of request at one target. */
export interface Throughput extends Load {
  readonly request: string;
  readonly target: string;
  /** The number of concurrent clients. */
  readonly clients: number;
}

/** The results of one run. */
export interface Results {
  readonly machine: string;
  readonly startedAt: string;
  readonly measurements: readonly Measurement[];
  readonly throughput: readonly Throughput[];
}

export type Verdict = '' | 'ok' | 'explained' | 'OVER';

/** Compares a measurement with its limit. */
export function verdictOf({ value, limit, exception }: Measurement): Verdict {
  if (limit === undefined) return '';
  if (value <= limit) return 'ok';
  return exception !== undefined && value <= exception.upTo ? 'explained' : 'OVER';
}

/** Creates a measurement: the ratio of two durations in each round. */
export function ratio(
  what: string,
  ours: Times,
  base: Times,
  others: Pick<Measurement, 'detail' | 'limit' | 'exception'>,
): Measurement {
  const ratios = ours.map((time, round) => time / (base[round] ?? Number.NaN));
  const { median, quartiles } = spreadOf(ratios);
  return { what, unit: '×', value: median, quartiles, ...others };
}

/** Names the medians of two durations, for the detail of a {@link ratio}. @param digits after the decimal point */
export const against = (ours: Times, base: Times, digits: number): string =>
  [ours, base].map((times) => `${medianOf(times).toFixed(digits)} ms`).join(' against ');

/** Describes the machine in one line. */
export function machineOf(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const system = `${platform()} ${release().split('-')[0]} ${arch()}`;
  return `Node ${process.versions.node}, ${system}, ${availableParallelism()} cores of ${model}, ${gigabytes} GiB`;
}
