import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { awsEndpoint } from '../../lib/aws-endpoint.ts';

/** A region of each partition. */
const REGIONS = [
  'us-east-1',
  'eu-central-1',
  'us-gov-west-1',
  'cn-north-1',
  'eusc-de-east-1',
  'us-iso-east-1',
  'us-isob-east-1',
  'eu-isoe-west-1',
  'us-isof-south-1',
];

describe.each(REGIONS)('awsEndpoint in %s', (region) => {
  it('is the endpoint of the SDK', () => {
    const dynamodb = new DynamoDBClient({ region }).config.endpointProvider({ Region: region });
    const ssm = new SSMClient({ region }).config.endpointProvider({ Region: region });
    const own = [awsEndpoint('dynamodb', region), awsEndpoint('ssm', region)];
    expect(own.map((url) => new URL(url).href)).toEqual([dynamodb.url.href, ssm.url.href]);
  });
});
