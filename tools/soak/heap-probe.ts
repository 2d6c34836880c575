import { setImmediate as turn } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';

/**
 * Collections before the heap is read: what async handles hold goes a turn after they do, and V8 drops the bytecode of
 * functions that were not called for six of them, such as those of the start.
 */
const COLLECTIONS = 8;
const SNAPSHOT = /^snapshot (.+)$/s;

// Loaded into the server beside it, with --expose-gc: tells what is left in memory once the garbage is collected.
process.on('message', async (message) => {
  for (let index = 0; index < COLLECTIONS; index += 1) {
    globalThis.gc?.();
    await turn();
  }
  const [, file] = SNAPSHOT.exec(String(message)) ?? [];
  process.send?.(file === undefined ? process.memoryUsage() : writeHeapSnapshot(file));
});
// A server that nobody asks any more has no reason to stay.
process.on('disconnect', () => process.exit());
