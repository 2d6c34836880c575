declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Creates an embedded DynamoDB that does not listen yet. Closing the server closes its store. */
  export default function dynalite(options?: {
    /** The folder of the LevelDB store. By default, the store is in memory. */
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}
