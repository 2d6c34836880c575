import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import { withTable } from '../../manage/connection.ts';
import { explain } from '../../manage/failure.ts';
import { closedEndpoint, stageEnvironment, startAws, type TestAws } from '../support/aws.ts';

const NOT_HTTP = 'A configured endpoint (AWS_ENDPOINT_URL…) is not an http or https URL.';
const EXPIRED = 'The AWS credentials have expired.';
const INVALID =
  'The AWS credentials are not valid, or the region (AWS_REGION) is not enabled for their account.';

let aws: TestAws;
beforeAll(async () => {
  aws = await startAws();
});
afterAll(() => aws.close());
beforeEach(() => {
  aws.sts = undefined;
  stub(stageEnvironment({ dynamodb: aws.endpoint, sts: aws.endpoint }));
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const stub = (variables: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
};

/** What the command line prints for a read of a stage that fails. */
const failure = () =>
  withTable({ stage: 'prod' }, { changes: false }, (table) =>
    new UserRepository(table).findAccount('deku'),
  ).then((account) => `no failure: ${JSON.stringify(account)}`, explain);

describe('the sentence for a failure of AWS', () => {
  it.each([
    [
      'ResourceNotFoundException',
      'There is no such table: check that the stage is deployed, and that the region is right (AWS_REGION).',
    ],
    ['AccessDeniedException', 'The AWS credentials do not allow this: AccessDeniedException of the test'],
    ['ExpiredTokenException', EXPIRED],
    ['UnrecognizedClientException', INVALID],
    ['InvalidSignatureException', INVALID],
    ['RefusalOfTheTest', 'AWS answered with RefusalOfTheTest: RefusalOfTheTest of the test'],
  ])('says what DynamoDB means by %s', async (type, sentence) => {
    aws.dynamodb = { status: 400, type };
    expect(await failure()).toBe(sentence);
  });

  it.each([
    ['ExpiredToken', EXPIRED],
    ['InvalidClientTokenId', INVALID],
    ['SignatureDoesNotMatch', INVALID],
  ])('says what STS means by %s', async (type, sentence) => {
    aws.sts = { status: 403, type };
    expect(await failure()).toBe(sentence);
  });

  it('names the endpoint that refuses the connection', async () => {
    const endpoint = await closedEndpoint();
    const { host } = new URL(endpoint);
    stub({ AWS_ENDPOINT_URL_DYNAMODB: endpoint });
    expect(await failure()).toBe(
      `The endpoint ${host} cannot be reached (ECONNREFUSED): check the region (AWS_REGION) and AWS_ENDPOINT_URL.`,
    );
  });

  it('names the endpoint that has no address', async () => {
    stub({ AWS_ENDPOINT_URL_DYNAMODB: 'http://dynamodb.invalid' });
    expect(await failure()).toMatch(/^The endpoint dynamodb\.invalid cannot be reached \(E[A-Z_]+\): check/);
  });

  it.each([
    [
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      'There are no AWS credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID or a role).',
    ],
    [
      { AWS_REGION: 'eu central' },
      'Region not accepted: region="eu central" is not a valid hostname component.',
    ],
    [{ AWS_ENDPOINT_URL_DYNAMODB: 'localhost:4566' }, NOT_HTTP],
    [{ AWS_ENDPOINT_URL_DYNAMODB: 'nonsense' }, NOT_HTTP],
  ])('names the setting for %j', async (variables, sentence) => {
    stub(variables);
    expect(await failure()).toBe(sentence);
  });
});
