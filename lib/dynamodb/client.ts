import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../errors.ts';

export interface ClientSettings {
  readonly region: string | undefined;
  /**
   * The URL of a local engine, which is given fixed credentials and wins over `AWS_ENDPOINT_URL`. If undefined, the SDK
   * resolves endpoint and credentials.
   */
  readonly endpoint: string | undefined;
  /** Those of AWS by default, and longer ones for another engine. */
  readonly timeouts?: ClientTimeouts;
}

/** How long one attempt may take, in milliseconds. */
export interface ClientTimeouts {
  readonly connectMs: number;
  readonly requestMs: number;
}

/** The table and the client it is reached by: what every repository is made of. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

export const AWS_TIMEOUTS: ClientTimeouts = { connectMs: 1_000, requestMs: 2_000 };
/**
 * A local engine shares the processor, and often the process, with its clients: these run out of AWS's time-outs while
 * they compute, for example the hashes of many logins at once.
 */
const LOCAL_TIMEOUTS: ClientTimeouts = { connectMs: 10_000, requestMs: 20_000 };
const MAX_ATTEMPTS = 3;

/**
 * Makes the document client: kept connections, time-outs that abort, bounded retries.
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
      // Requests of many clients at once are served by one process here: waiting for a connection is no time-out.
      httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
    },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** Errors that concern the item of a request, not the table. */
const ANSWERS = new Set(['ConditionalCheckFailedException', 'ValidationException']);

/**
 * Awaits a call of the SDK, and translates errors that do not concern the item into one.
 *
 * @throws {UnavailableError} for time-outs, throttling, connection, credential and server errors
 */
export async function translateErrors<Output>(call: Promise<Output>): Promise<Output> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && ANSWERS.has(error.name)) throw error;
    throw new UnavailableError({ cause: error });
  }
}

/** Returns whether an error is a failed condition expression. */
export const isConditionFailure = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConditionalCheckFailedException';
