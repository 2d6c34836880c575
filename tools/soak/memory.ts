import * as v from 'valibot';
import type { RunningServer } from '../harness/server.ts';

const BYTES_PER_MB = 1e6;

const usageSchema = v.object({ heapUsed: v.number(), external: v.number(), rss: v.number() });

/** What the server holds once its garbage is collected. */
export interface Memory {
  /** Seconds since the load began. */
  readonly second: number;
  /** Objects, in megabytes. */
  readonly heap: number;
  /** Bytes outside the heap that objects hold, in megabytes. */
  readonly external: number;
  /** All that the process takes of the machine, in megabytes. */
  readonly resident: number;
}

/** Reads the memory of a probed server. */
export async function readMemory(server: RunningServer, second: number): Promise<Memory> {
  const { heapUsed, external, rss } = v.parse(usageSchema, await server.ask('memory'));
  return {
    second: Math.round(second),
    heap: heapUsed / BYTES_PER_MB,
    external: external / BYTES_PER_MB,
    resident: rss / BYTES_PER_MB,
  };
}
