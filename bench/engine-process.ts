import { startEmbeddedDynamoDB } from '../local/embedded-dynamodb.ts';

// Ends with the process that wants it.
process.on('disconnect', () => process.exit());
const { endpoint } = await startEmbeddedDynamoDB();
process.send?.(endpoint);
