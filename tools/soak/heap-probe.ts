import { setImmediate as turn } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';

/**
 * The number of collections before the heap is read. Objects of async handles are freed one turn after the handles. V8 drops
 * the bytecode of functions that were not called for six collections, such as those of the start.
 */
const COLLECTIONS = 8;
const SNAPSHOT = /^snapshot (.+)$/s;

// Loaded into the server with --expose-gc. Reports the memory usage after garbage collection.
process.on('message', async (message) => {
  for (let index = 0; index < COLLECTIONS; index += 1) {
    globalThis.gc?.();
    await turn();
  }
  const [, file] = SNAPSHOT.exec(String(message)) ?? [];
  process.send?.(file === undefined ? process.memoryUsage() : writeHeapSnapshot(file));
});
// The server ends with its parent.
process.on('disconnect', () => process.exit());
