import * as v from 'valibot';
import type { Table } from '../../lib/dynamodb/client.ts';

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

/** The requests that the client of a table sends while a piece of work runs, in order, each retry included. */
export async function requestsDuring(table: Table, work: () => Promise<unknown>): Promise<SentRequest[]> {
  const requests: SentRequest[] = [];
  const name = 'record-requests';
  table.client.middlewareStack.add(
    (next, context) => (args) => {
      const { request } = v.parse(sentSchema, args);
      const operation = String(context.commandName).replace('Command', '');
      requests.push({ operation, input: v.parse(inputSchema, request.body) });
      return next(args);
    },
    // Behind the retries, so that each attempt counts.
    { step: 'finalizeRequest', priority: 'low', name },
  );
  try {
    await work();
  } finally {
    table.client.middlewareStack.remove(name);
  }
  return requests;
}

/** The operations of DynamoDB that run while a piece of work runs, in order. */
export const callsDuring = async (table: Table, work: () => Promise<unknown>): Promise<string[]> =>
  (await requestsDuring(table, work)).map(({ operation }) => operation);
