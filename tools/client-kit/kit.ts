import type { Table } from '../../lib/dynamodb/client.ts';
import type { HttpResponse } from '../../local/gateway/response.ts';
import type { ServiceFault } from '../harness/fault-server.ts';
import type { ServiceRequest } from '../harness/http-service.ts';
import { failureOf } from '../kit/check.ts';
import { Bench } from './bench.ts';
import type { Command, Reply, Result, Verdict } from './commands.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

interface Run {
  readonly scenario: Scenario;
  readonly bench: Bench;
  readonly steps: AsyncGenerator<Command, void, readonly Result[]>;
}

/** Runs the scenarios, one at a time, with the app that asks for the commands. */
export class Kit {
  readonly #table: Table;
  readonly #onEnd: () => void;
  readonly #verdicts = new Map<string, Verdict>();
  #run: Run | undefined;
  #users = 0;
  /** Commands are given one after another. */
  #queue: Promise<unknown> = Promise.resolve();

  /** @param onEnd called at the end of each scenario */
  constructor(table: Table, onEnd: () => void) {
    this.#table = table;
    this.#onEnd = onEnd;
  }

  /** The results so far, in the order of the scenarios. */
  get verdicts(): readonly Verdict[] {
    return SCENARIOS.flatMap(({ name }) => this.#verdicts.get(name) ?? []);
  }

  /** The clock of the service, in milliseconds since 1970. */
  now(): number {
    return this.#run?.bench.now() ?? Date.now();
  }

  /** Starts a scenario, and discards the running one. Returns its first command; undefined if the scenario does not exist. */
  start(name: string): Promise<Reply | undefined> {
    return this.#exclusively(async () => {
      const scenario = SCENARIOS.find((one) => one.name === name);
      return scenario && this.#start(scenario);
    });
  }

  /** Takes the results of the last command. Returns the next one, of the next scenario if the last one has ended. */
  next(results: readonly Result[]): Promise<Reply> {
    return this.#exclusively(async () => {
      if (this.#run !== undefined) return this.#advance(this.#run, results);
      const scenario = SCENARIOS.find(({ name }) => !this.#verdicts.has(name));
      if (scenario !== undefined) return this.#start(scenario);
      const passed = this.verdicts.filter((verdict) => verdict.passed).length;
      return { do: 'done', passed, failed: this.verdicts.length - passed };
    });
  }

  /** Discards all results. */
  reset(): void {
    this.#verdicts.clear();
    this.#run = undefined;
  }

  faultOf(request: ServiceRequest): ServiceFault {
    return this.#run?.bench.receive(request) ?? 'none';
  }

  /** Executes a request of the app. Before the first scenario, no user exists. */
  async execute(request: ServiceRequest): Promise<HttpResponse> {
    const bench = this.#run?.bench;
    if (bench !== undefined) return bench.execute(request);
    const body = Buffer.from(
      JSON.stringify({ detail: 'No scenario is running. POST /kit/next starts one.' }),
    );
    return { status: 503, headers: [['Content-Type', 'application/json']], body };
  }

  #exclusively<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #start(scenario: Scenario): Promise<Reply> {
    this.#users += 1;
    const bench = await Bench.create(this.#table, this.#users, scenario.settings);
    this.#run = { scenario, bench, steps: scenario.run(bench) };
    return this.#advance(this.#run, []);
  }

  async #advance({ scenario: { name }, steps }: Run, results: readonly Result[]): Promise<Reply> {
    try {
      const step = await steps.next(results);
      if (!step.done) return { scenario: name, ...step.value };
      return this.#finish({ scenario: name, passed: true });
    } catch (error) {
      const reason = failureOf(error);
      if (reason === undefined) throw error;
      return this.#finish({ scenario: name, passed: false, reason });
    }
  }

  #finish(verdict: Verdict): Reply {
    this.#verdicts.set(verdict.scenario, verdict);
    this.#run = undefined;
    this.#onEnd();
    return { do: 'finished', ...verdict };
  }
}
