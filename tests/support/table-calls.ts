import { createDocumentClient, type Table } from '../../lib/dynamodb/client.ts';
import type { TestTable } from '../../tools/harness/table.ts';

/** Sends a call, or throws. */
export type Around = (call: () => Promise<unknown>) => Promise<unknown>;

/** A process on a table. The test can pause or abort its calls. */
export interface TableUser extends Table {
  /** Destroys the client. */
  close(): void;
}

/** Opens a table with a new client. `around` wraps each call. */
export function tableUserOf({ endpoint, name }: TestTable, around: Around): TableUser {
  const client = createDocumentClient({ region: 'local', endpoint });
  client.middlewareStack.add(
    (next) => async (args) => {
      const made: { output?: Awaited<ReturnType<typeof next>> } = {};
      await around(async () => {
        made.output = await next(args);
      });
      if (made.output === undefined) throw new Error('a call was neither sent nor rejected');
      return made.output;
    },
    { step: 'initialize', name: 'around', priority: 'high' },
  );
  return { client, name, close: () => client.destroy() };
}

/** The calls of a process that ends at its n-th call, counted from 0. That call is sent or not, and none follows. */
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
  /** Returns whether an error or its cause is a {@link ProcessEnded}. */
  static isCauseOf(error: unknown): boolean {
    return error instanceof Error && (error instanceof ProcessEnded || error.cause instanceof ProcessEnded);
  }
}

/** A process whose calls the test releases one at a time. */
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
    // The caller of `finish` receives a failure.
    this.#work.catch(() => {});
  }

  /** Releases the next call. Returns false if there is none. */
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

  /** Releases all remaining calls. Returns the result of the process. */
  async finish(): Promise<unknown> {
    while (await this.step());
    return this.#work;
  }
}
