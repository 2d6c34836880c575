declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Makes an embedded DynamoDB, not yet listening; closing it closes its store. */
  export default function dynalite(options?: {
    /** Folder of the LevelDB store; in memory without. */
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}
