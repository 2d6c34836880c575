import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { failureOf } from '../kit/check.ts';
import { KINDS, type Kind } from './mix.ts';

/** So many wrong answers have shown what there is to see. */
const MAX_WRONG = 100;
const DESCRIBED = 5;

export interface Count {
  requests: number;
  /** How many of each variety. */
  readonly varieties: Map<string, number>;
  /** How long answers took, in microseconds. */
  readonly times: RecordableHistogram;
}

/** What was asked, how long the answers took, and which were wrong. */
export class Tally {
  readonly #counts = new Map<Kind, Count>(
    KINDS.map((kind) => [kind, { requests: 0, varieties: new Map(), times: createHistogram() }]),
  );
  readonly #descriptions: string[] = [];
  #wrong = 0;
  #refusedLogins = 0;

  get wrong(): number {
    return this.#wrong;
  }

  /** The first wrong answers, in words, without tokens or passwords. */
  get descriptions(): readonly string[] {
    return this.#descriptions;
  }

  /** Logins with a wrong password: they wait for a whole second by design, and are in no percentile. */
  get refusedLogins(): number {
    return this.#refusedLogins;
  }

  get isHopeless(): boolean {
    return this.#wrong >= MAX_WRONG;
  }

  get requests(): number {
    return [...this.#counts.values()].reduce((sum, { requests }) => sum + requests, 0);
  }

  of(kind: Kind): Count {
    const count = this.#counts.get(kind);
    if (count === undefined) throw new RangeError(`no such kind: ${kind}`);
    return count;
  }

  /** Counts an answer and how long it took; without a time, it is one that was held back. */
  count(kind: Kind, variety: string, milliseconds: number | undefined): void {
    const count = this.of(kind);
    count.requests += 1;
    count.varieties.set(variety, (count.varieties.get(variety) ?? 0) + 1);
    if (milliseconds === undefined) this.#refusedLogins += 1;
    else count.times.record(Math.max(1, Math.round(milliseconds * 1000)));
  }

  /** Looks at an answer, and counts it if it is a wrong one; tells whether it was right. */
  async check(what: string, look: () => unknown): Promise<boolean> {
    try {
      await look();
      return true;
    } catch (error) {
      const problem = failureOf(error);
      if (problem === undefined) throw error;
      this.#wrong += 1;
      if (this.#descriptions.length < DESCRIBED) this.#descriptions.push(`${what}: ${problem}`);
      return false;
    }
  }
}
