import { ClassicLevel } from 'classic-level';
import { warn } from '../tools/kit/terminal.ts';

// Patches LevelDB for dynalite, which uses it in ways that leak memory and end the process.

const IO_ERROR = 'LEVEL_IO_ERROR';
const NOT_OPEN = 'LEVEL_DATABASE_NOT_OPEN';
const INTERNAL_ERROR = 'com.amazonaws.dynamodb.v20120810#InternalServerError';

/**
 * Adds the method with which dynalite ends iterators. They only have `close`, so each query would leave an iterator open,
 * with its snapshot of the data, until the process ends.
 *
 * @see https://github.com/Level/abstract-level#iterator
 */
function closeIteratorsOnReturn(): void {
  for (const name of ['keys', 'values'] as const) {
    const create = ClassicLevel.prototype[name];
    Reflect.set(ClassicLevel.prototype, name, function (this: ClassicLevel, options: object = {}) {
      // The client of a pending request has ended, for example after Ctrl-C, and the store is closed.
      if (this.status !== 'open') return noItems();
      const iterator = create.call(this, options);
      return Object.assign(iterator, { return: () => iterator.close() });
    });
  }
}

/** An iterator as dynalite uses it: `next` resolves to undefined at the end. */
const noItems = () => ({ next: async () => undefined, return: async () => {} });

/** Reads synchronously. Handing a read to the thread pool takes longer than reading from memory. */
function readAtOnce(): void {
  const { get } = ClassicLevel.prototype;
  Reflect.set(ClassicLevel.prototype, 'get', async function (this: ClassicLevel, key: string) {
    // While the store is being opened, a read waits.
    return this.status === 'open' ? this.getSync(key) : get.call(this, key, {});
  });
}

/**
 * Responds to a request with InternalServerError (500) if the store fails, because the disk is full or the store is closed.
 * dynalite throws other errors outside of the request, which ends the process.
 */
function respondToFailures(): void {
  let isReported = false;
  for (const name of ['get', 'put', 'del', 'batch'] as const) {
    const call: (...args: unknown[]) => unknown = Reflect.get(ClassicLevel.prototype, name);
    Reflect.set(ClassicLevel.prototype, name, async function (this: ClassicLevel, ...args: unknown[]) {
      try {
        return await call.apply(this, args);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (!(error instanceof Error) || (code !== IO_ERROR && code !== NOT_OPEN)) throw error;
        if (code === IO_ERROR && !isReported) {
          isReported = true;
          warn(`The data cannot be written (${error.message}). Free some space, then start again.`);
        }
        const message = 'The store failed.';
        throw Object.assign(error, { statusCode: 500, body: { __type: INTERNAL_ERROR, message } });
      }
    });
  }
}

closeIteratorsOnReturn();
readAtOnce();
respondToFailures();
