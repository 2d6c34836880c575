/** The members of a response that the client uses. Every `Response` implements this interface. */
export interface FetchResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** The `fetch` of a runtime. */
// biome-ignore lint/suspicious/noExplicitAny: the types of `init` differ between runtimes, and a parameter is contravariant
export type Fetch = (url: string, init?: any) => Promise<FetchResponse>;

/** The global `fetch`, with the types of the runtime: its own `Response`, if TypeScript knows it. */
export type GlobalFetch = typeof globalThis extends { fetch: infer F extends Fetch } ? F : Fetch;

/** Locks across tabs and workers. */
export interface Locks {
  request<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

/** What the client needs from its runtime. Tests pass their own. */
export interface Runtime {
  /** The clock of the device, in milliseconds since 1970. It may be wrong. */
  now(): number;
  /** A number from 0 (inclusive) to 1 (exclusive), for the jitter of pauses. */
  random(): number;
  /** Calls a function after a number of milliseconds. Returns a function that cancels it. */
  setTimer(milliseconds: number, run: () => void): () => void;
  /** Web Locks; undefined where there are none, as in React Native. */
  readonly locks: Locks | undefined;
}

interface Globals {
  readonly fetch?: Fetch;
  readonly setTimeout?: (run: () => void, milliseconds: number) => unknown;
  readonly clearTimeout?: (timer: unknown) => void;
  readonly navigator?: { readonly locks?: Locks };
  readonly crypto?: { getRandomValues?(bytes: Uint8Array): Uint8Array };
  readonly AbortController?: new () => { readonly signal: unknown; abort(): void };
}

/** The globals of the runtime. No runtime is required to have any of them. */
export const globals: Globals = globalThis as Globals;

/** The runtime that the client runs on. */
export const defaultRuntime: Runtime = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer: (milliseconds, run) => {
    const timer = globals.setTimeout?.(run, milliseconds);
    return () => globals.clearTimeout?.(timer);
  },
  // A page with an opaque origin has no locks, and some runtimes have no `navigator`.
  locks: globals.navigator?.locks,
};

/** Creates a random id of 128 bits. Returns undefined if the runtime has no source of random values. */
export function createRandomId(): string | undefined {
  const bytes = globals.crypto?.getRandomValues?.(new Uint8Array(16));
  return bytes && Array.from(bytes, (byte) => (byte | 0x100).toString(16).slice(1)).join('');
}
