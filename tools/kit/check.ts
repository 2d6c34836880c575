import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import type { ApiResponse } from './client.ts';

/** A check that failed. */
class CheckFailed extends Error {}

/** Asserts that two values are deeply equal. @throws {CheckFailed} */
export function same(actual: unknown, expected: unknown, what: string): void {
  holds(isDeepStrictEqual(actual, expected), `${what} is ${shown(actual)}, expected ${shown(expected)}`);
}

/** Asserts a condition. @throws {CheckFailed} with `what` as its message */
export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CheckFailed(what);
}

const tokenSchema = v.strictObject({ token: v.string() });

/** Returns the token of a response that contains nothing else. @throws {CheckFailed} */
export function tokenIn({ status, body }: ApiResponse): string {
  same(status, 200, 'status');
  holds(v.is(tokenSchema, body), 'the body is not {"token": …}');
  return body.token;
}

/** Asserts the status and the whole body of an error response. @throws {CheckFailed} */
export function assertRefusal({ status, body }: ApiResponse, expected: Refusal, what = 'response'): void {
  same({ status, body }, expected, what);
}

export interface Refusal {
  readonly status: number;
  readonly body: unknown;
}

/** The error response for a token or password in the request body. */
export const refusal = (sentence: string): Refusal => ({
  status: 400,
  body: { non_field_errors: [sentence] },
});

/** The error response for a token in the `Authorization` header. */
export const unauthorized = (detail: string): Refusal => ({ status: 401, body: { detail } });

export const SENTENCES = {
  credentials: 'Unable to log in with provided credentials.',
  revoked: 'Token has been revoked.',
  missing: 'Authentication credentials were not provided.',
  malformed: 'Error decoding signature.',
} as const;

// Output may be pasted into reports, so tokens are masked.
const shown = (value: unknown): string =>
  (JSON.stringify(value) ?? 'undefined').replace(/eyJ[\w-]+\.[\w-]*\.[\w-]*/g, '<token>').slice(0, 300);

/** Describes a failed check or a failed request. Returns undefined for any other error, which is a fault of the tool. */
export function failureOf(error: unknown): string | undefined {
  if (error instanceof CheckFailed) return error.message;
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError') return 'the request timed out';
  // fetch puts the reason into the cause of its error.
  const { cause } = error;
  return cause instanceof Error ? `no response: ${cause.message || String(cause)}` : undefined;
}
