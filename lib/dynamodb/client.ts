import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { DeadlineHandler } from '../deadline-handler.ts';
import { type ClientSettings, HTTP_AGENT, localEngine, MAX_ATTEMPTS, timeoutsOf } from './connection.ts';
import type { ItemClient, ItemTable } from './item-client.ts';

/** A table and the document client for it. */
export interface Table extends ItemTable {
  readonly client: DocumentClient;
}

/**
 * Creates a document client that keeps connections alive, aborts at timeouts, and limits retries.
 *
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-reusing-connections.html
 */
export function createDocumentClient(settings: ClientSettings): DocumentClient {
  const { region, endpoint } = settings;
  return new DocumentClient(
    new DynamoDBClient({
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { ...localEngine(endpoint), region: region ?? 'local' }),
      maxAttempts: MAX_ATTEMPTS,
      requestHandler: new DeadlineHandler(timeoutsOf(settings), { httpAgent: HTTP_AGENT }),
    }),
  );
}

/** The document client of the SDK. The commands also use its batches and Scan. */
export class DocumentClient extends DynamoDBDocument implements ItemClient {
  constructor(client: DynamoDBClient) {
    super(client, { marshallOptions: { removeUndefinedValues: true } });
  }

  updateOnce(input: UpdateCommandInput): ReturnType<ItemClient['update']> {
    const command = new UpdateCommand(input);
    sendOnce(command);
    return this.send(command);
  }

  /** The method of the SDK does nothing, because another client may have the same connections. */
  override destroy(): void {
    this.config.requestHandler.destroy?.();
  }
}

/** Makes the client's retries fail before they are sent. */
function sendOnce(command: UpdateCommand): void {
  let isSent = false;
  command.middlewareStack.add(
    (next) => (args) => {
      if (isSent) throw new Error('the call must not be retried');
      isSent = true;
      return next(args);
    },
    // Runs inside the retry middleware, which has high priority. The document client adds a command's middleware twice.
    { step: 'finalizeRequest', priority: 'low', name: 'sendOnce', override: true },
  );
}
