import { startEmbeddedDynamoDB } from '../../local/embedded-dynamodb.ts';

const { endpoint } = await startEmbeddedDynamoDB();
process.send?.(endpoint);
