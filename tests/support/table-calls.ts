import { createDocumentClient, type Table } from '../../lib/dynamodb/client.ts';
import type { TestTable } from '../../tools/harness/table.ts';

/** Makes a call, or throws. */
export type Around = (call: () => Promise<unknown>) => Promise<unknown>;

/** A process at work on a table, whose calls a test holds up or cuts off. */
export interface TableUser extends Table {
  /** Lets the client go. */
  close(): void;
}

/** Opens a table through a client of its own. `around` is given each call. */
export function tableUserOf({ endpoint, name }: TestTable, around: Around): TableUser {
  const client = createDocumentClient({ region: 'local', endpoint });
  client.middlewareStack.add(
    (next) => async (args) => {
      const made: { output?: Awaited<ReturnType<typeof next>> } = {};
      await around(async () => {
        made.output = await next(args);
      });
      if (made.output === undefined) throw new Error('a call was neither made nor refused');
      return made.output;
    },
    { step: 'initialize', name: 'around', priority: 'high' },
  );
  return { client, name, close: () => client.destroy() };
}

/** The calls of a process that ends at its n-th call, from 0: that one is made or not, and none follows. */
export function endingAt(calls: number, isLastMade: boolean): Around {
  let count = 0;
  return async (call) => {
    const number = count;
    count += 1;
    if (number < calls || (number === calls && isLastMade)) await call();
    if (number >= calls) throw new ProcessEnded();
  };
}

export class ProcessEnded extends Error {
  /** Whether an error is one, also inside that of the table. */
  static isCauseOf(error: unknown): boolean {
    return error instanceof Error && (error instanceof ProcessEnded || error.cause instanceof ProcessEnded);
  }
}

/** A process whose calls a test makes one at a time. */
export class SteppedProcess {
  readonly #waiting: (() => Promise<unknown>)[] = [];
  readonly #work: Promise<unknown>;
  #hasEnded = false;
  #wake = () => {};

  constructor(work: (around: Around) => Promise<unknown>) {
    const around: Around = (call) =>
      new Promise((resolve, reject) => {
        this.#waiting.push(() => call().then(resolve, reject));
        this.#wake();
      });
    this.#work = work(around).finally(() => {
      this.#hasEnded = true;
      this.#wake();
    });
    // Whoever finishes it sees a failure.
    this.#work.catch(() => {});
  }

  /** Makes the next call; returns false where there is none. */
  async step(): Promise<boolean> {
    while (this.#waiting.length === 0 && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const call = this.#waiting.shift();
    await call?.();
    return call !== undefined;
  }

  /** Makes all calls that are left, and returns what the process returns. */
  async finish(): Promise<unknown> {
    while (await this.step());
    return this.#work;
  }
}
