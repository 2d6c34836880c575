import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../lib/dynamodb/client.ts';

import type { ItemClient } from '../../lib/dynamodb/item-client.ts';

type Item = Record<string, unknown>;
type Command = GetCommand | UpdateCommand;

/** The outcome of a call, and the item after it. */
interface Applied {
  readonly outcome: { readonly output: unknown } | { readonly error: unknown };
  readonly after: Item;
}

/** Returns JSON of any value in an item. Sets become sorted lists. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, one) => (one instanceof Set ? { set: [...one].sort() } : one));

/** Creates a client whose reads and updates a function executes. */
export const clientOf = (send: (command: Command) => Promise<unknown>): ItemClient =>
  Object.assign(Object.create(null), {
    get: (input: GetCommand['input']) => send(new GetCommand(input)),
    update: (input: UpdateCommand['input']) => send(new UpdateCommand(input)),
  });

const texts = new WeakMap<Item, string>();
/** Returns JSON of an item, and caches it. */
function textOfItem(item: Item): string {
  const text = texts.get(item) ?? textOf(item);
  texts.set(item, text);
  return text;
}

/**
 * One item in the embedded engine, as a function from an item and a call to an outcome and an item. The engine executes
 * each combination once.
 */
export class ItemEngine {
  readonly #table: Table;
  readonly #key: { pk: string };
  readonly #known = new Map<string, Applied>();

  constructor(table: Table, pk: string) {
    this.#table = table;
    this.#key = { pk };
  }

  async apply(item: Item, command: Command): Promise<Applied> {
    const id = `${textOfItem(item)} ${command.constructor.name} ${textOf(command.input)}`;
    const applied = this.#known.get(id) ?? (await this.#ask(item, command));
    this.#known.set(id, applied);
    return applied;
  }

  async #ask(item: Item, command: Command): Promise<Applied> {
    const { client, name } = this.#table;
    await client.send(new PutCommand({ TableName: name, Item: item }));
    const call: Promise<unknown> =
      command instanceof GetCommand ? client.send(command) : client.send(command);
    const outcome = await call.then(
      (output) => ({ output }),
      (error: unknown) => ({ error }),
    );
    const { Item = {} } = await client.send(
      new GetCommand({ TableName: name, Key: this.#key, ConsistentRead: true }),
    );
    return { outcome, after: Item };
  }
}

/** An actor that makes one call after the other. Its client waits for its turn before each call. */
export interface Actor {
  readonly name: string;
  /** Starts after these have ended. */
  readonly after?: readonly string[];
  /** An identical actor that makes its first call before this one, because the order of the two makes no difference. */
  readonly follows?: string;
  /** Whether the response to one of its writes may be lost, and what follows: the SDK retries, or the client is gone. */
  readonly loses?: readonly ('retry' | 'dies')[];
  /** Whether it matters for the other actors to start after it. */
  readonly isLandmark?: boolean;
  run(client: ItemClient, results: ReadonlyMap<string, Result>): Promise<unknown>;
}

export type Result = { readonly value: unknown } | { readonly error: unknown } | 'died';

/** A call that was made: its response arrives, is lost and the call retried, or is lost because the client is gone. */
interface Step {
  readonly actor: string;
  readonly kind: 'goes' | 'retry' | 'dies';
}

/** One complete order of all calls. */
export interface History {
  readonly steps: readonly Step[];
  readonly results: ReadonlyMap<string, Result>;
  readonly item: Item;
  /** Landmarks that had ended when an actor made its first call. */
  readonly startedAfter: ReadonlyMap<string, readonly string[]>;
  /** Landmarks that had changed the item when an actor ended. */
  readonly endedAfter: ReadonlyMap<string, readonly string[]>;
  /** The actors that changed the item. */
  readonly writers: ReadonlySet<string>;
}

export interface Exploration {
  readonly engine: ItemEngine;
  readonly start: Item;
  readonly actors: readonly Actor[];
  /** How many responses may be lost in one history. */
  readonly lost: number;
  /** Checks each history. Throws if a rule is broken. */
  check(history: History): Promise<void>;
}

/**
 * Runs every order in which the actors' calls can reach the item, and every loss of a response. Orders that lead to the
 * same item, with the same responses for every actor, are continued only once, which omits no outcome.
 */
export async function explore(exploration: Exploration): Promise<{ histories: number; states: number }> {
  const seen = new Set<string>();
  let histories = 0;
  const open: Step[][] = [[]];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const world = new World(exploration);
    await world.begin();
    for (const choice of path) await world.take(choice);
    const { state } = world;
    if (seen.has(state)) continue;
    seen.add(state);
    const choices = world.choices();
    if (choices.length === 0) {
      histories += 1;
      await exploration.check(world.history());
    }
    for (const choice of choices) open.push([...path, choice]);
  }
  return { histories, states: seen.size };
}

const messageOf = (result: Result): unknown =>
  result !== 'died' && 'error' in result ? String(result.error) : result;

/** A running actor. */
interface Running {
  readonly actor: Actor;
  /** The call that waits for its turn. */
  pending:
    | { command: Command; resolve: (output: unknown) => void; reject: (error: unknown) => void }
    | undefined;
  /** The responses that it has received. */
  seen: string[];
}

class World {
  readonly #exploration: Exploration;
  readonly #running = new Map<string, Running>();
  readonly #results = new Map<string, Result>();
  readonly #startedAfter = new Map<string, readonly string[]>();
  readonly #endedAfter = new Map<string, readonly string[]>();
  readonly #writers = new Set<string>();
  readonly #steps: Step[] = [];
  #item: Item;
  #lost = 0;
  #wake: () => void = () => {};

  constructor(exploration: Exploration) {
    this.#exploration = exploration;
    this.#item = exploration.start;
  }

  /** Runs every actor that can start up to its first call. */
  async begin(): Promise<void> {
    for (const actor of this.#exploration.actors) {
      const isDue = (actor.after ?? []).every((name) => this.#results.has(name));
      if (!isDue || this.#running.has(actor.name)) continue;
      const running: Running = { actor, pending: undefined, seen: [] };
      this.#running.set(actor.name, running);
      await this.#until(running, () => {
        actor.run(this.#clientOf(running), this.#results).then(
          (value) => this.#finish(actor.name, { value }),
          (error: unknown) => this.#finish(actor.name, { error }),
        );
      });
    }
  }

  choices(): Step[] {
    return [...this.#running.values()].flatMap(({ actor, pending }): Step[] => {
      if (pending === undefined || this.#results.has(actor.name)) return [];
      if (actor.follows !== undefined && !this.#startedAfter.has(actor.follows)) return [];
      const isWrite = pending.command instanceof UpdateCommand;
      const losses = isWrite && this.#lost < this.#exploration.lost ? (actor.loses ?? []) : [];
      return (['goes', ...losses] as const).map((kind) => ({ actor: actor.name, kind }));
    });
  }

  async take({ actor, kind }: Step): Promise<void> {
    const running = this.#running.get(actor);
    const { pending } = running ?? {};
    if (running === undefined || pending === undefined) throw new Error(`${actor} has no pending call`);
    if (!this.#startedAfter.has(actor)) {
      this.#startedAfter.set(
        actor,
        this.#landmarks((name) => this.#results.has(name)),
      );
    }
    const { outcome, after } = await this.#exploration.engine.apply(this.#item, pending.command);
    if (textOfItem(this.#item) !== textOfItem(after)) this.#writers.add(actor);
    this.#item = after;
    this.#steps.push({ actor, kind });
    if (kind !== 'goes') this.#lost += 1;
    if (kind === 'dies') this.#finish(actor, 'died');
    else if (kind === 'retry') running.seen.push('lost');
    else {
      running.seen.push(textOf('output' in outcome ? outcome.output : String(outcome.error)));
      running.pending = undefined;
      await this.#until(running, () => {
        if ('output' in outcome) pending.resolve(outcome.output);
        else pending.reject(outcome.error);
      });
    }
    await this.begin();
  }

  /** Returns the state that determines the future: the item, and the responses that each actor has received. */
  get state(): string {
    const actors = [...this.#running].map(([name, { seen }]) => {
      const result = this.#results.get(name);
      const isOver = result !== undefined;
      const came = [this.#startedAfter.get(name), this.#endedAfter.get(name), this.#writers.has(name)];
      return [name, isOver ? messageOf(result) : seen, came];
    });
    return textOf([textOfItem(this.#item), actors, this.#lost]);
  }

  history(): History {
    return {
      steps: this.#steps,
      results: this.#results,
      item: this.#item,
      startedAfter: this.#startedAfter,
      endedAfter: this.#endedAfter,
      writers: this.#writers,
    };
  }

  #landmarks(isReached: (name: string) => boolean): string[] {
    const landmarks = this.#exploration.actors.filter(({ isLandmark }) => isLandmark);
    return landmarks.map(({ name }) => name).filter(isReached);
  }

  #clientOf(running: Running): ItemClient {
    return clientOf(
      (command) =>
        new Promise((resolve, reject) => {
          running.pending = { command, resolve, reject };
          this.#wake();
        }),
    );
  }

  #finish(name: string, result: Result): void {
    this.#results.set(name, result);
    this.#endedAfter.set(
      name,
      this.#landmarks((one) => this.#writers.has(one)),
    );
    this.#wake();
  }

  /** Resumes an actor, and waits until it makes its next call or ends. */
  #until(running: Running, go: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        if (running.pending !== undefined || this.#results.has(running.actor.name)) resolve();
      };
      go();
    });
  }
}
