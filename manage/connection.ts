import { createDocumentClient, type Table } from '../lib/dynamodb/client.ts';
import { localTableName } from '../local/data-folder.ts';
import { openLocalStore } from '../local/store.ts';
import { stageNamed } from './stage.ts';

export interface ConnectionOptions {
  /** A deployed stage, reached with the AWS credentials and region of the environment; the local data without. */
  readonly stage?: string | undefined;
}

/** Runs a piece of work on the table of a stage, or of this machine, and lets go of it afterwards. */
export async function withTable<Result>(
  { stage }: ConnectionOptions,
  work: (table: Table) => Promise<Result>,
): Promise<Result> {
  if (stage !== undefined) {
    const { region, tableName } = stageNamed(stage);
    const endpoint = process.env.DYNAMODB_ENDPOINT || undefined;
    const client = createDocumentClient({ region, endpoint });
    try {
      return await work({ client, name: tableName });
    } finally {
      client.destroy();
    }
  }
  const store = await openLocalStore();
  const client = createDocumentClient({ region: 'local', endpoint: store.endpoint });
  try {
    return await work({ client, name: localTableName() });
  } finally {
    client.destroy();
    await store.close();
  }
}
