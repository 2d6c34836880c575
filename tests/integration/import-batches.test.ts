import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { AWS_TIMEOUTS, COMMAND_TIMEOUTS } from '../../lib/dynamodb/connection.ts';
import { BATCH_BYTES } from '../../manage/import/load.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { importDumps, postRecordOf, userRecordOf } from '../support/imports.ts';

const SLOW_LINE_BITS_PER_SECOND = 1_000_000;
const POST_BYTES = 40_000;

/** The length of the body of an HTTP request. */
function bytesOf(request: unknown): number {
  if (typeof request !== 'object' || request === null || !('body' in request)) return 0;
  const { body } = request;
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.byteLength : 0;
}

let table: TestTable;
beforeEach(async () => {
  table = await createTestTable();
});
afterEach(() => table.remove());

it('an import has few bytes in flight, which a slow line sends before the timeout of a command', async () => {
  const client = createDocumentClient({ region: 'local', endpoint: table.endpoint });
  let inFlight = 0;
  let most = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const bytes = bytesOf(args.request);
      inFlight += bytes;
      most = Math.max(most, inFlight);
      try {
        return await next(args);
      } finally {
        inFlight -= bytes;
      }
    },
    { step: 'finalizeRequest', name: 'in-flight' },
  );
  const posts = Array.from({ length: 120 }, (_, index) =>
    postRecordOf(index + 1, { content: 'x'.repeat(POST_BYTES) }),
  );
  const { report } = await importDumps({ client, name: table.name }, [[userRecordOf(1, 'deku'), ...posts]]);
  client.destroy();
  expect(report.posts.created).toBe(posts.length);
  expect(most).toBeGreaterThan(POST_BYTES);
  expect(most).toBeLessThan(BATCH_BYTES + 2 * POST_BYTES);
  const milliseconds = ((most * 8) / SLOW_LINE_BITS_PER_SECOND) * 1000;
  expect(milliseconds).toBeGreaterThan(AWS_TIMEOUTS.requestMs);
  expect(milliseconds).toBeLessThan(COMMAND_TIMEOUTS.requestMs / 2);
});
