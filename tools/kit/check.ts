import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import type { Answer } from './client.ts';

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

const tokenSchema = v.strictObject({ token: v.string() });

/** Returns the token of a response that contains nothing else. @throws {CheckFailed} */
export function tokenIn({ status, body }: Answer): string {
  same(status, 200, 'status');
  holds(v.is(tokenSchema, body), 'the body is not {"token": …}');
  return body.token;
}

/** Checks the status and the whole body of an error. @throws {CheckFailed} */
export function assertRefusal({ status, body }: Answer, expected: Refusal, what = 'answer'): void {
  same({ status, body }, expected, what);
}

export interface Refusal {
  readonly status: number;
  readonly body: unknown;
}

/** The error for a token or password in the body. */
export const refusal = (sentence: string): Refusal => ({
  status: 400,
  body: { non_field_errors: [sentence] },
});

/** The error for a token in the `Authorization` header. */
export const unauthorized = (detail: string): Refusal => ({ status: 401, body: { detail } });

export const SENTENCES = {
  credentials: 'Unable to log in with provided credentials.',
  revoked: 'Token has been revoked.',
  missing: 'Authentication credentials were not provided.',
  malformed: 'Error decoding signature.',
} as const;

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
