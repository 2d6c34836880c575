import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { isCredentialFailure } from '../deploy/aws-error.ts';
import type { Table } from '../lib/dynamodb/client.ts';
import { CommandError } from './failure.ts';

/** The clients of the command line. */
export type AwsClient = Table['client'] | SSMClient | STSClient;

const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 5_000;
const MAX_ATTEMPTS = 2;

/** Limits of a client of the command line: an endpoint that does not answer ends the command instead of blocking it. */
export const CLIENT_LIMITS = {
  maxAttempts: MAX_ATTEMPTS,
  requestHandler: {
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
  },
};

const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/;

/** Returns whether an endpoint is one of AWS's own, VPC endpoints included. */
export const isAwsEndpoint = ({ hostname }: URL): boolean => AWS_HOST.test(hostname);

const builtIn = (name: string) => ({ type: 'builtInParams' as const, name });

/** The parameters of the SDK's endpoint rules, without the account id, which would need credentials. */
const ENDPOINT_PARAMETERS = {
  Region: builtIn('region'),
  Endpoint: builtIn('endpoint'),
  UseFIPS: builtIn('useFipsEndpoint'),
  UseDualStack: builtIn('useDualstackEndpoint'),
};

/**
 * Resolves the endpoint of a client as the SDK does: from the environment, the profile or the region.
 *
 * @throws {CommandError} if the configured endpoint or the region is not valid
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export async function endpointOf({ config }: AwsClient): Promise<URL> {
  const supplier = { getEndpointParameterInstructions: () => ENDPOINT_PARAMETERS };
  try {
    const { url } = await getEndpointFromInstructions({}, supplier, config);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  } catch (error) {
    const isUrlProblem = error instanceof TypeError;
    if (error instanceof Error && !isUrlProblem) throw new CommandError(error.message);
  }
  throw new CommandError('A configured endpoint (AWS_ENDPOINT_URL…) is not an http or https URL.');
}

/**
 * Asks AWS Security Token Service which account the credentials belong to.
 *
 * @param endpoint the endpoint of the service that is about to be used. If it is not AWS's and STS's is, STS is not asked:
 *   its answer would say nothing about the data behind that endpoint.
 * @returns the account id; undefined if STS cannot be asked
 * @throws if the credentials are missing, invalid or expired, the error of the SDK
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function findAccount(region: string, endpoint: URL): Promise<string | undefined> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient({ region, ...CLIENT_LIMITS });
  try {
    if (!isAwsEndpoint(endpoint) && isAwsEndpoint(await endpointOf(client))) return undefined;
    return (await client.send(new GetCallerIdentityCommand())).Account;
  } catch (error) {
    if (isCredentialFailure(error)) throw error;
    return undefined;
  } finally {
    client.destroy();
  }
}
