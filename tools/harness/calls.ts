import * as v from 'valibot';
import type { TestTable } from './table.ts';

/** A request to DynamoDB as the client sends it: the operation and the JSON of its body. */
export interface SentRequest {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const bytes = v.pipe(
  v.instance(Uint8Array),
  v.transform((body) => new TextDecoder().decode(body)),
);
const body = v.pipe(v.union([v.string(), bytes]), v.parseJson());
const sentSchema = v.object({ request: v.object({ body }) });
const inputSchema = v.record(v.string(), v.unknown());

/** Returns the requests that the functions send to a table during some work, in order, including retries. */
export async function requestsDuring(table: TestTable, work: () => Promise<unknown>): Promise<SentRequest[]> {
  const requests: SentRequest[] = [];
  const name = 'record-requests';
  const { middlewareStack } = table.client.items;
  middlewareStack.add(
    (next, context) => (args) => {
      const { request } = v.parse(sentSchema, args);
      const operation = String(context.commandName).replace('Command', '');
      requests.push({ operation, input: v.parse(inputSchema, request.body) });
      return next(args);
    },
    // Runs after the retry middleware, so that each attempt is recorded.
    { step: 'finalizeRequest', priority: 'low', name },
  );
  try {
    await work();
  } finally {
    middlewareStack.remove(name);
  }
  return requests;
}

/** Returns the DynamoDB operations that the functions call during some work, in order. */
export const callsDuring = async (table: TestTable, work: () => Promise<unknown>): Promise<string[]> =>
  (await requestsDuring(table, work)).map(({ operation }) => operation);
