import { createHistogram } from 'node:perf_hooks';

export type Work = () => Promise<unknown>;

/** The durations of a piece of work, in milliseconds. */
export type Times = readonly number[];

/** The median and the first and third quartiles of a measured number. */
export interface Spread {
  readonly median: number;
  readonly quartiles: readonly [number, number];
}

/** Times pieces of work alternately, so that other load on the machine affects all of them equally. */
export async function interleaved<Name extends string>(
  works: Readonly<Record<Name, Work>>,
  {
    rounds,
    warmUp = Math.ceil(rounds / 10),
    perRound = 1,
    clock = () => performance.now(),
  }: { rounds: number; warmUp?: number; perRound?: number; clock?: () => number },
): Promise<Record<Name, Times>> {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (const { item: name, isWarmUp } of alternately(names, rounds, warmUp)) {
    const start = clock();
    for (let i = 0; i < perRound; i += 1) await works[name]();
    if (!isWarmUp) times[name].push((clock() - start) / perRound);
  }
  return times;
}

/** Yields all items in each round. Every other round is reversed, so that none is always first. */
export function* alternately<Item>(items: readonly Item[], rounds: number, warmUps = 0) {
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const item of round % 2 === 0 ? items : items.toReversed()) yield { item, isWarmUp: round < 0 };
  }
}

/** Returns the CPU time of this process so far, in milliseconds. Other load on the machine hardly affects it. */
export function cpuClock(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
  return { median: at(0.5), quartiles: [at(0.25), at(0.75)] };
}

export const medianOf = (values: readonly number[]): number => spreadOf(values).median;

/** The throughput and response times of clients that each send the next request after a response. */
export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The CPU time of a request in each process of the target, in milliseconds. */
  readonly cpuMs?: readonly number[];
  /** The error of the first request that failed. The other numbers are then of the requests before it. */
  readonly failure?: string;
}

/** Reads the CPU time that each of some processes has used so far, in milliseconds. */
export type CpuClock = () => readonly number[];

/** Clients that send requests in a closed loop. Several loops can run alternately. */
export class ClosedLoop {
  readonly #histogram = createHistogram({ figures: 3 });
  readonly #work: Work;
  readonly #clients: number;
  readonly #cpuMs: CpuClock | undefined;
  #used: readonly number[] = [];
  #seconds = 0;
  #failure: string | undefined;

  /**
   * @param clients the number of concurrent clients
   * @param cpuMs reads the CPU times of the processes that do the work
   */
  constructor(work: Work, clients: number, cpuMs?: CpuClock) {
    this.#work = work;
    this.#clients = clients;
    this.#cpuMs = cpuMs;
  }

  /** The number of requests that succeeded. */
  get count(): number {
    return this.#histogram.count;
  }

  /** Sends requests for some milliseconds, and waits for the last responses. Sends none after a request has failed. */
  async run(milliseconds: number): Promise<void> {
    if (this.#failure !== undefined) return;
    const before = this.#cpuMs?.() ?? [];
    const start = performance.now();
    const client = async () => {
      while (this.#failure === undefined && performance.now() - start < milliseconds) {
        const sentAt = performance.now();
        try {
          await this.#work();
        } catch (error) {
          this.#failure ??= error instanceof Error ? error.message : String(error);
          return;
        }
        this.#histogram.record(Math.max(1, Math.round((performance.now() - sentAt) * 1e6)));
      }
    };
    await Promise.all(Array.from({ length: this.#clients }, client));
    this.#seconds += (performance.now() - start) / 1000;
    const after = this.#cpuMs?.() ?? [];
    this.#used = after.map((one, index) => (this.#used[index] ?? 0) + one - (before[index] ?? 0));
  }

  result(): Load {
    const { count } = this;
    const [p50Ms, p99Ms] = [this.#histogram.percentile(50) / 1e6, this.#histogram.percentile(99) / 1e6];
    const cpuMs = this.#used.map((used) => used / count);
    return {
      perSecond: count / this.#seconds,
      p50Ms,
      p99Ms,
      ...(cpuMs.length > 0 && { cpuMs }),
      ...(this.#failure !== undefined && { failure: this.#failure }),
    };
  }
}
