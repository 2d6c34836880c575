import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { Sha256 } from '@smithy/core/checksum';
import type { HttpRequest } from '@smithy/core/transport';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awsEndpoint, awsJsonRequest, type Credentials, RequestSigner } from '../../lib/aws-request.ts';

const SCOPE = { service: 'dynamodb', region: 'eu-central-1' };
const PROTOCOL = { version: '1.0', target: 'DynamoDB_20120810.GetItem' } as const;
const DAY_MS = 86_400_000;

const anyWord = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 });
const anyCredentials: fc.Arbitrary<Credentials> = fc.record({
  accessKeyId: anyWord,
  secretAccessKey: anyWord,
  sessionToken: fc.option(fc.stringMatching(/^[\w/+=-]{1,60}$/), { nil: undefined }),
});
const anyUrl = fc
  .tuple(fc.constantFrom('', ':4566'), fc.webPath())
  .map(([port, path]) => new URL(`https://dynamodb.example.com${port}${path}`));
const anyInput = fc.dictionary(fc.string(), fc.string({ unit: 'binary' }));
const anyTime = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) });

const theirs = (
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  request: HttpRequest,
  at: number,
) =>
  new SignatureV4({
    ...SCOPE,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256,
  }).sign(request, { signingDate: new Date(at) });

describe('RequestSigner', () => {
  it('signs requests with the same headers as the SDK', async () => {
    await fc.assert(
      fc.asyncProperty(anyCredentials, anyUrl, anyInput, anyTime, async (credentials, url, input, at) => {
        const request = awsJsonRequest(url, PROTOCOL, input);
        const signer = new RequestSigner({ ...SCOPE, credentials: () => credentials });
        const signed = signer.sign(request, at);
        expect(signed.headers).toEqual((await theirs(credentials, request, at)).headers);
        expect([signed.path, signed.body]).toEqual([request.path, request.body]);
      }),
    );
  });

  it('follows a change of the day and of the credentials', async () => {
    const request = awsJsonRequest(new URL('https://example.com'), PROTOCOL, {});
    let credentials: Credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const signer = new RequestSigner({ ...SCOPE, credentials: () => credentials });
    const start = Date.UTC(2026, 0, 1);
    for (const [at, secretAccessKey] of [
      [start, 'b'],
      [start + DAY_MS, 'b'],
      [start + DAY_MS, 'c'],
      [start, 'c'],
    ] as const) {
      credentials = { accessKeyId: 'a', secretAccessKey };
      const { headers } = signer.sign(request, at);
      expect(headers).toEqual((await theirs(credentials, request, at)).headers);
    }
  });
});

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
