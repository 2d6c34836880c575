/** Entries kept in one execution environment. An entry takes about 100 bytes. */
const MAX_ENTRIES = 5_000;

/** Caches which attempts are refused, and until when, in this execution environment. */
export class RefusalMemory {
  readonly #until = new Map<string, number>();
  readonly #maxEntries: number;

  constructor(maxEntries: number = MAX_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  /** @param until milliseconds since 1970 */
  remember(key: string, until: number): void {
    this.#until.delete(key);
    this.#until.set(key, until);
    const [oldest] = this.#until.keys();
    if (this.#until.size > this.#maxEntries && oldest !== undefined) this.#until.delete(oldest);
  }

  forget(key: string): void {
    this.#until.delete(key);
  }

  /** Returns when a refusal ends, in milliseconds since 1970. Returns undefined if there is none or it has ended. */
  find(key: string, nowMs: number): number | undefined {
    const until = this.#until.get(key);
    if (until === undefined || until > nowMs) return until;
    this.#until.delete(key);
    return undefined;
  }
}
