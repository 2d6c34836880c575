import { once } from 'node:events';
import dynalite from 'dynalite';
import { patchLevelForDynalite } from './dynalite-patches.ts';

export interface EmbeddedDynamoDB {
  /** The URL of its API, on the loopback interface. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * Starts the embedded DynamoDB in this process, on a free port of the loopback interface.
 *
 * @param path the folder of its data. By default, the data is in memory.
 */
export async function startEmbeddedDynamoDB(path?: string): Promise<EmbeddedDynamoDB> {
  patchLevelForDynalite();
  const server = dynalite({ ...(path === undefined ? {} : { path }), createTableMs: 0, deleteTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the embedded DynamoDB has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
