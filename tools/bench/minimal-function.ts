import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';

// The baseline: a function that reads one item with the document client.
const client = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    region: 'local',
    endpoint: process.env.DYNAMODB_ENDPOINT ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  }),
);

export const handler = async () => {
  const Key = { pk: 'USER#deku' };
  const { Item } = await client.send(
    new GetCommand({ TableName: process.env.TABLE_NAME, Key, ConsistentRead: true }),
  );
  return { statusCode: Item === undefined ? 404 : 200, body: '' };
};
