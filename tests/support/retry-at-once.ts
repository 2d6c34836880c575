import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { MAX_ATTEMPTS } from '../../lib/dynamodb/connection.ts';

/** Creates a retry strategy for a client without the backoff of the SDK. */
export const retriesAtOnce = (): ConfiguredRetryStrategy => new ConfiguredRetryStrategy(MAX_ATTEMPTS, 0);
