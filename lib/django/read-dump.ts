import { JSONParser } from '@streamparser/json';

/** A text that is not what `dumpdata` writes: a JSON array. */
export class DumpSyntaxError extends Error {
  /** How many records stood whole before it. */
  readonly records: number;

  constructor(reason: string, records: number, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'DumpSyntaxError';
    this.records = records;
  }
}

/** A record as it stands in a dump, unchecked, and its place: 1 is the first. */
export interface DumpRecord {
  readonly place: number;
  readonly value: unknown;
}

/**
 * Reads a dump piece by piece and gives its records as they become whole; of the dump, no more is held in memory.
 *
 * @throws {DumpSyntaxError} after the records that stand before the fault
 */
export async function* readDump(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<DumpRecord> {
  const parser = new JSONParser({ paths: ['$', '$.*'], keepStack: false });
  const whole: DumpRecord[] = [];
  let count = 0;
  let reason: string | undefined;
  parser.onValue = ({ value, key, stack }) => {
    if (stack.length === 0 && !Array.isArray(value)) reason = 'A dump is a JSON array of records.';
    if (stack.length === 0) return;
    if (typeof key !== 'number') {
      reason = 'A dump is a JSON array of records.';
      return;
    }
    count = key + 1;
    whole.push({ place: count, value });
  };
  const fault = (error?: unknown) =>
    new DumpSyntaxError(reason ?? 'The JSON is broken or ends too early.', count, { cause: error });
  for await (const chunk of chunks) {
    let failure: unknown;
    try {
      parser.write(chunk);
    } catch (error) {
      failure = error;
    }
    if (reason === undefined) yield* whole.splice(0);
    if (failure !== undefined || reason !== undefined) throw fault(failure);
  }
  if (!parser.isEnded) throw fault();
}
