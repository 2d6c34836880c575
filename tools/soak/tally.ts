import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { failureOf } from '../kit/check.ts';
import { KINDS, type Kind } from './mix.ts';

/** A run ends after this number of wrong responses. */
const MAX_WRONG = 100;
const MAX_DESCRIPTIONS = 5;

export interface Count {
  requests: number;
  /** The number of requests per variety. */
  readonly varieties: Map<string, number>;
  /** Response times in microseconds. */
  readonly times: RecordableHistogram;
}

const newCount = (): Count => ({ requests: 0, varieties: new Map(), times: createHistogram() });

/** Counts requests by kind, response times, and wrong responses. */
export class Tally {
  /** Describes the first wrong responses, without tokens or passwords. */
  readonly descriptions: string[] = [];
  wrong = 0;
  /** Logins with a wrong password. The service delays them by a second, so the percentiles exclude them. */
  rejectedLogins = 0;
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

  /** Counts a response. @param milliseconds the response time; undefined if the service delayed the response on purpose */
  count(kind: Kind, variety: string, milliseconds: number | undefined): void {
    const count = this.of(kind);
    count.requests += 1;
    count.varieties.set(variety, (count.varieties.get(variety) ?? 0) + 1);
    if (milliseconds === undefined) this.rejectedLogins += 1;
    else count.times.record(Math.max(1, Math.round(milliseconds * 1000)));
  }

  /** Runs a check. Counts a failure as a wrong response. Returns whether the check passed. */
  async check(what: string, run: () => unknown): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      const problem = failureOf(error);
      if (problem === undefined) throw error;
      this.wrong += 1;
      if (this.descriptions.length < MAX_DESCRIPTIONS) this.descriptions.push(`${what}: ${problem}`);
      return false;
    }
  }
}
