import type {
  DeleteCommandInput,
  GetCommandInput,
  PutCommandInput,
  QueryCommandInput,
  UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';

export type Item = Record<string, unknown>;

/**
 * The operations of one item, and Query. The functions use no others. The document client implements them for the
 * commands ({@link file://./client.ts}), and `HttpItemClient` for the functions ({@link file://./http-item-client.ts}).
 */
export interface ItemClient {
  get(input: GetCommandInput): Promise<{ readonly Item?: Item | undefined }>;
  put(input: PutCommandInput): Promise<unknown>;
  update(input: UpdateCommandInput): Promise<{ readonly Attributes?: Item | undefined }>;
  /** Sends an update without retries, because its condition does not detect that a lost response was a success. */
  updateOnce(input: UpdateCommandInput): Promise<{ readonly Attributes?: Item | undefined }>;
  delete(input: DeleteCommandInput): Promise<{ readonly Attributes?: Item | undefined }>;
  query(input: QueryCommandInput): Promise<{
    readonly Items?: Item[] | undefined;
    readonly LastEvaluatedKey?: Item | undefined;
  }>;
  /** Closes the connections. */
  destroy(): void;
}

/** A table and a client for its items. */
export interface ItemTable {
  readonly client: ItemClient;
  readonly name: string;
}
