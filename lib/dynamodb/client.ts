import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export interface ClientSettings {
  readonly region: string | undefined;
  /**
   * The URL of a local engine. It takes precedence over `AWS_ENDPOINT_URL`, and its credentials are fixed. If
   * undefined, the SDK resolves endpoint and credentials.
   */
  readonly endpoint: string | undefined;
  /** {@link AWS_TIMEOUTS} by default, and longer ones for a local engine. */
  readonly timeouts?: ClientTimeouts;
}

/** How long one attempt may take, in milliseconds. */
export interface ClientTimeouts {
  readonly connectMs: number;
  readonly requestMs: number;
}

/** A table and the client for it. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

export const AWS_TIMEOUTS: ClientTimeouts = { connectMs: 1_000, requestMs: 2_000 };
/** For commands on a deployed stage, whose batches take a while on a slow line. */
export const COMMAND_TIMEOUTS: ClientTimeouts = { connectMs: 10_000, requestMs: 20_000 };
/**
 * A local engine shares the CPU, and often the process, with its clients. While they compute, for example the hashes of
 * concurrent logins, a call can exceed {@link AWS_TIMEOUTS}.
 */
const LOCAL_TIMEOUTS: ClientTimeouts = { connectMs: 10_000, requestMs: 20_000 };
const MAX_ATTEMPTS = 3;

/**
 * Creates a document client that keeps connections alive, aborts at timeouts, and limits retries.
 *
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-reusing-connections.html
 */
export function createDocumentClient({
  region,
  endpoint,
  timeouts = endpoint === undefined ? AWS_TIMEOUTS : LOCAL_TIMEOUTS,
}: ClientSettings): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined
      ? {}
      : {
          endpoint,
          region: region ?? 'local',
          credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        }),
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: timeouts.connectMs,
      requestTimeout: timeouts.requestMs,
      throwOnRequestTimeout: true,
      // One local process sends the requests of many clients at once. They must not time out while they wait for a
      // connection.
      httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
    },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
