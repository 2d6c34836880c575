import { ClassicLevel } from 'classic-level';

let isDone = false;

/**
 * Gives iterators of LevelDB the method that dynalite ends them by. They have only `close`, so without it every query
 * leaves one open, with its view of the data, for as long as the process lives.
 *
 * @see https://github.com/Level/abstract-level#iterator
 */
export function closeIteratorsOnReturn(): void {
  if (isDone) return;
  isDone = true;
  for (const name of ['keys', 'values'] as const) {
    const create = ClassicLevel.prototype[name];
    Reflect.set(ClassicLevel.prototype, name, function (this: ClassicLevel, options: object = {}) {
      const iterator = create.call(this, options);
      return Object.assign(iterator, { return: () => iterator.close() });
    });
  }
}
