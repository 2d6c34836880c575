import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type { Table } from '../../lib/dynamodb/client.ts';

/** As in lib/dynamodb/client.ts. */
const MAX_ATTEMPTS = 3;

/** Makes a client retry without the backoff of the SDK. */
export function retryAtOnce(client: Table['client']): void {
  const strategy = new ConfiguredRetryStrategy(MAX_ATTEMPTS, 0);
  client.config.retryStrategy = async () => strategy;
}
