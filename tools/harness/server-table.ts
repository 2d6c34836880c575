import { createDocumentClient, type Table } from '../../lib/dynamodb/client.ts';
import { DataFolder } from '../../local/data-folder.ts';
import type { RunningServer } from './server.ts';

/** Returns the table of a running server, with a new client that the caller must destroy. */
export async function tableOf({ dataDir, env }: RunningServer): Promise<Table> {
  const own = await new DataFolder(dataDir).readRunningStore();
  const endpoint = own?.endpoint ?? process.env.DYNAMODB_ENDPOINT;
  return {
    client: createDocumentClient({ region: 'local', endpoint }),
    name: env.TABLE_NAME ?? 'latchkey-local',
  };
}
