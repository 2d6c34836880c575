import * as v from 'valibot';
import { expect } from 'vitest';
import type { Reply } from '../../tools/harness/service.ts';

/** Of what a token is made of, by chance, a word of the inside may be. */
const tokenShape = v.strictObject({ token: v.pipe(v.string(), v.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/)) });
/** Every shape that docs/api.md documents. */
const shapes = v.union([
  tokenShape,
  v.strictObject({ detail: v.string(), code: v.optional(v.string()), request_id: v.optional(v.string()) }),
  v.pipe(v.record(v.string(), v.array(v.string())), v.maxEntries(3)),
  v.array(v.looseObject({ model: v.literal('blog.post') })),
  v.array(v.looseObject({ id: v.string(), current: v.boolean() })),
  v.looseObject({ id: v.number(), username: v.string() }),
]);
/** Words of the inside: stacks, paths, names of libraries and of errors. */
export const INTERNALS =
  /node_modules|\.ts\b|\.mjs\b|\bat \w+.*:\d+|TypeError|SyntaxError|Valibot|dynamo|Exception|USER#|FAILURES#/i;

/** All that is said of a fault. */
const FAULTS: Readonly<Record<number, object>> = {
  500: { detail: 'A server error occurred.', request_id: expect.any(String) },
  503: { detail: 'Service temporarily unavailable, try again later.' },
};

/** Asserts that an answer is one of those that docs/api.md documents, of a status up to a limit, and tells nothing of the inside. */
export function assertDocumented({ status, headers, body }: Reply, most = 499): void {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThanOrEqual(most);
  if (status >= 500) expect(body).toMatchObject(FAULTS[status] ?? {});
  if (body !== undefined) expect(v.is(shapes, body), JSON.stringify(body)).toBe(true);
  // What API Gateway calls its own answers is no secret.
  const { 'x-amzn-errortype': _, ...rest } = headers;
  expect(JSON.stringify(v.is(tokenShape, body) ? rest : [rest, body])).not.toMatch(INTERNALS);
}
