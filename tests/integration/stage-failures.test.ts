import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createUserRepository } from '../../lib/wiring.ts';
import { withTable } from '../../manage/connection.ts';
import { explain } from '../../manage/failure.ts';
import { closedEndpoint, stageEnvironment, startAws, type TestAws } from '../support/aws.ts';

const NOT_HTTP =
  'AWS_ENDPOINT_URL, or the endpoint_url of the profile, is not an http or https URL. Correct or unset it.';
const EXPIRED = 'The AWS credentials have expired. Log in to AWS again.';
const INVALID =
  'The AWS credentials are not valid, or their account has not enabled the region. Check the credentials and AWS_REGION.';

const NO_KEY = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
/** Profiles of people who are not logged in. */
const PROFILES = `[profile corporate]
sso_session = corporate
sso_account_id = 123456789012
sso_role_name = developer
[sso-session corporate]
sso_region = eu-central-1
sso_start_url = https://example.awsapps.com/start
[profile console]
login_session = arn:aws:iam::123456789012:user/deku
`;

let aws: TestAws;
let home = '';
/** The variables of a home folder with {@link PROFILES} and without a login. */
let profiles: Record<string, string>;
beforeAll(async () => {
  aws = await startAws();
  home = await mkdtemp(join(tmpdir(), 'latchkey-home-'));
  profiles = { HOME: home, AWS_CONFIG_FILE: join(home, 'config') };
  await writeFile(join(home, 'config'), PROFILES);
});
afterAll(async () => {
  await aws.close();
  await rm(home, { recursive: true, force: true });
});
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

/** Returns what manage prints if a read of a stage fails. */
const failure = () =>
  withTable({ stage: 'prod' }, { changes: false }, (table) =>
    createUserRepository(table).findAccount('deku'),
  ).then((account) => `no failure: ${JSON.stringify(account)}`, explain);

describe('explain', () => {
  it.each([
    [
      'ResourceNotFoundException',
      'The table does not exist. Check that the stage is deployed, and that AWS_REGION is its region.',
    ],
    ['AccessDeniedException', 'The AWS credentials lack a permission: AccessDeniedException of the test'],
    ['ExpiredTokenException', EXPIRED],
    ['UnrecognizedClientException', INVALID],
    ['InvalidSignatureException', INVALID],
    ['RefusalOfTheTest', 'AWS rejected the request with RefusalOfTheTest: RefusalOfTheTest of the test'],
  ])('explains %s of DynamoDB', async (type, sentence) => {
    aws.dynamodb = { status: 400, type };
    expect(await failure()).toBe(sentence);
  });

  it.each([
    ['ExpiredToken', EXPIRED],
    ['InvalidClientTokenId', INVALID],
    ['SignatureDoesNotMatch', INVALID],
  ])('explains %s of STS', async (type, sentence) => {
    aws.sts = { status: 403, type };
    expect(await failure()).toBe(sentence);
  });

  it('names an endpoint that refuses the connection', async () => {
    const endpoint = await closedEndpoint();
    const { host } = new URL(endpoint);
    stub({ AWS_ENDPOINT_URL_DYNAMODB: endpoint });
    expect(await failure()).toBe(
      `The endpoint ${host} cannot be reached (ECONNREFUSED). Check the network, AWS_REGION and AWS_ENDPOINT_URL.`,
    );
  });

  it('names an endpoint whose host has no address', async () => {
    stub({ AWS_ENDPOINT_URL_DYNAMODB: 'http://dynamodb.invalid' });
    expect(await failure()).toMatch(/^The endpoint dynamodb\.invalid cannot be reached \(E[A-Z_]+\)\. Check/);
  });

  it.each([
    [
      NO_KEY,
      'No AWS credentials were found. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a role.',
    ],
    [
      { AWS_REGION: 'eu central' },
      'Region not accepted: region="eu central" is not a valid hostname component. Check the region (AWS_REGION).',
    ],
    [{ AWS_ENDPOINT_URL_DYNAMODB: 'localhost:4566' }, NOT_HTTP],
    [{ AWS_ENDPOINT_URL_DYNAMODB: 'nonsense' }, NOT_HTTP],
    [
      { AWS_PROFILE: 'unknown' },
      'The AWS profile unknown does not exist, or it has no credentials. Check AWS_PROFILE and ~/.aws/config.',
    ],
    [
      { AWS_PROFILE: 'corporate' },
      'The SSO session of the AWS profile corporate has expired or does not exist. Log in again: aws sso login --profile corporate',
    ],
    [
      { AWS_PROFILE: 'console' },
      'The login of the AWS profile console has expired or does not exist. Log in again: aws login --profile console',
    ],
  ])('names the variable for %j', async (variables, sentence) => {
    // A profile counts only without the variables of a key.
    if ('AWS_PROFILE' in variables) stub({ ...NO_KEY, ...profiles });
    stub(variables);
    expect(await failure()).toBe(sentence);
  });
});
