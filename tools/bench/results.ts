import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import type { Load, Spread } from './measure.ts';

/** What a number counts: `×` is a ratio to what it is compared with. */
export type Unit = '×' | 'calls' | 'bytes' | 's' | 'MB';

/** One measured number. */
export interface Measurement {
  readonly what: string;
  readonly unit: Unit;
  readonly value: number;
  /** Between which half of the interleaved rounds lie. */
  readonly quartiles?: readonly [number, number];
  /** What it may be at most; without, it is here to compare with. */
  readonly limit?: number;
  /** Why it may miss its limit, and by how much at most. */
  readonly excuse?: Excuse;
  /** What the number was made of. */
  readonly detail: string;
}

export interface Excuse {
  readonly upTo: number;
  readonly because: string;
}

/** Requests of one kind at one place under load. */
export interface Throughput extends Load {
  readonly request: string;
  readonly place: string;
  /** How many clients asked at the same time. */
  readonly clients: number;
}

/** Everything that one run measured, and where. */
export interface Results {
  readonly machine: string;
  readonly startedAt: string;
  readonly measurements: readonly Measurement[];
  readonly throughput: readonly Throughput[];
}

export type Verdict = '' | 'ok' | 'explained' | 'OVER';

/** Holds a measurement to its limit. */
export function verdictOf({ value, limit, excuse }: Measurement): Verdict {
  if (limit === undefined) return '';
  if (value <= limit) return 'ok';
  return excuse !== undefined && value <= excuse.upTo ? 'explained' : 'OVER';
}

/** A ratio as a measurement. */
export const ratio = (
  what: string,
  { median, quartiles }: Spread,
  others: Pick<Measurement, 'detail' | 'limit' | 'excuse'>,
): Measurement => ({ what, unit: '×', value: median, quartiles, ...others });

/** The machine in a line: what runs the code, on how much of what. */
export function machineOf(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const system = `${platform()} ${release().split('-')[0]} ${arch()}`;
  return `Node ${process.versions.node}, ${system}, ${availableParallelism()} cores of ${model}, ${gigabytes} GiB`;
}
