import { isDeepStrictEqual } from 'node:util';

/** A rule that does not hold. */
class CheckFailed extends Error {}

/** Compares an answer with what it should be. @throws {CheckFailed} */
export function same(actual: unknown, expected: unknown, what: string): void {
  holds(isDeepStrictEqual(actual, expected), `${what}: ${shown(actual)} in place of ${shown(expected)}`);
}

/** @throws {CheckFailed} */
export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CheckFailed(what);
}

// A response may contain tokens. They must not appear in output that is pasted into reports.
const shown = (value: unknown): string =>
  (JSON.stringify(value) ?? 'nothing').replace(/eyJ[\w-]+\.[\w-]*\.[\w-]*/g, '<token>').slice(0, 300);

/** Describes a failed check or a missing response. Returns undefined for any other error, which is a fault of the tool. */
export function failureOf(error: unknown): string | undefined {
  if (error instanceof CheckFailed) return error.message;
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError') return 'no answer in time';
  // The error that fetch throws has the reason in its cause.
  const { cause } = error;
  return cause instanceof Error ? `no answer: ${cause.message || String(cause)}` : undefined;
}
