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

const newCount = (): Count => ({ requests: 0, varieties: new Map(), times: createHistogram() });

/** Counts requests by kind, the times of their answers, and the wrong answers. */
export class Tally {
  /** The first wrong answers, in words, without tokens or passwords. */
  readonly descriptions: string[] = [];
  wrong = 0;
  /** Logins with a wrong password. The service delays their answers by a second, so no percentile contains them. */
  refusedLogins = 0;
  readonly #counts: Readonly<Record<Kind, Count>> = {
    login: newCount(),
    refresh: newCount(),
    verify: newCount(),
    posts: newCount(),
  };

  get isHopeless(): boolean {
    return this.wrong >= MAX_WRONG;
  }

  get requests(): number {
    return KINDS.reduce((sum, kind) => sum + this.of(kind).requests, 0);
  }

  of(kind: Kind): Count {
    return this.#counts[kind];
  }

  /** Counts an answer and how long it took; without a time, it is one that was held back. */
  count(kind: Kind, variety: string, milliseconds: number | undefined): void {
    const count = this.of(kind);
    count.requests += 1;
    count.varieties.set(variety, (count.varieties.get(variety) ?? 0) + 1);
    if (milliseconds === undefined) this.refusedLogins += 1;
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
      this.wrong += 1;
      if (this.descriptions.length < DESCRIBED) this.descriptions.push(`${what}: ${problem}`);
      return false;
    }
  }
}
