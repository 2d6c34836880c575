import type { Table } from '../../lib/dynamodb/client.ts';

/** The DynamoDB operations that run while a piece of work does, in order, as the real client sends them. */
export async function callsDuring(table: Table, work: () => Promise<unknown>): Promise<string[]> {
  const calls: string[] = [];
  const name = 'count-calls';
  table.client.middlewareStack.add(
    (next, context) => (input) => {
      calls.push(String(context.commandName).replace('Command', ''));
      return next(input);
    },
    // Behind the retries, so that each attempt counts.
    { step: 'finalizeRequest', priority: 'low', name },
  );
  try {
    await work();
  } finally {
    table.client.middlewareStack.remove(name);
  }
  return calls;
}
