import * as v from 'valibot';
import { expect } from 'vitest';
import type { Reply } from '../../tools/harness/service.ts';

/** Tokens are removed, because their random characters may contain an internal word by chance. */
const tokenShape = v.strictObject({ token: v.pipe(v.string(), v.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/)) });
/** The description of the API. It is generated, and its sentences may contain an internal word. */
const descriptionShape = v.looseObject({ openapi: v.string(), paths: v.looseObject({}) });
/** All response formats in docs/api.md. */
const shapes = v.union([
  tokenShape,
  v.strictObject({ detail: v.string(), code: v.optional(v.string()), request_id: v.optional(v.string()) }),
  v.pipe(v.record(v.string(), v.array(v.string())), v.maxEntries(3)),
  v.array(v.looseObject({ model: v.literal('blog.post') })),
  v.array(v.looseObject({ id: v.string(), current: v.boolean() })),
  v.looseObject({ id: v.number(), username: v.string() }),
  descriptionShape,
]);
/** Internal details: stack traces, paths, names of libraries and errors. */
export const INTERNALS =
  /node_modules|\.ts\b|\.mjs\b|\bat \w+.*:\d+|TypeError|SyntaxError|Valibot|dynamo|Exception|USER#|FAILURES#/i;

/** The complete response to an internal error. */
const FAULTS: Readonly<Record<number, object>> = {
  500: { detail: 'A server error occurred.', request_id: expect.any(String) },
  503: { detail: 'Service temporarily unavailable, try again later.' },
};

/**
 * Asserts that a response is documented in docs/api.md, that its status does not exceed a limit, and that it discloses
 * no internal details.
 */
export function assertDocumented({ status, headers, body }: Reply, most = 499): void {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThanOrEqual(most);
  if (status >= 500) expect(body).toMatchObject(FAULTS[status] ?? {});
  if (body !== undefined) expect(v.is(shapes, body), JSON.stringify(body)).toBe(true);
  // The type of a gateway response is public.
  const { 'x-amzn-errortype': _, ...rest } = headers;
  const isLeftOut = v.is(tokenShape, body) || v.is(descriptionShape, body);
  expect(JSON.stringify(isLeftOut ? rest : [rest, body])).not.toMatch(INTERNALS);
}
