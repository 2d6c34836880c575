import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type AttemptTimeouts, DeadlineHandler } from '../deadline-handler.ts';

export interface ClientSettings {
  readonly region: string | undefined;
  /**
   * The URL of a local engine, which takes precedence over `AWS_ENDPOINT_URL`. Its username is the access key id, `local` by
   * default. If undefined, the SDK resolves endpoint and credentials.
   */
  readonly endpoint: string | undefined;
  /** {@link AWS_TIMEOUTS} by default, and longer ones for a local engine. */
  readonly timeouts?: AttemptTimeouts;
}

/** A table and the client for it. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

export const AWS_TIMEOUTS: AttemptTimeouts = { connectMs: 1_000, requestMs: 2_000, attemptMs: 2_500 };
/** For commands on a deployed stage. Their batches take longer over a slow connection. */
export const COMMAND_TIMEOUTS: AttemptTimeouts = { connectMs: 10_000, requestMs: 20_000, attemptMs: 60_000 };
/**
 * A local engine shares the CPU, and often the process, with its clients. While they compute, for example the hashes of
 * concurrent logins, a call can exceed {@link AWS_TIMEOUTS}.
 */
const LOCAL_TIMEOUTS: AttemptTimeouts = { connectMs: 10_000, requestMs: 20_000, attemptMs: 30_000 };
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
    ...(endpoint === undefined ? {} : { ...localEngine(endpoint), region: region ?? 'local' }),
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: new DeadlineHandler(timeouts, {
      // One local process sends the requests of many clients at once. They must not time out while they wait for a
      // connection.
      httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
    }),
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** Separates the access key id from the URL of a local engine. */
function localEngine(url: string) {
  const endpoint = new URL(url);
  const accessKeyId = endpoint.username || 'local';
  endpoint.username = '';
  return { endpoint: endpoint.href, credentials: { accessKeyId, secretAccessKey: 'local' } };
}
