import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { isCredentialFailure } from '../deploy/aws-error.ts';
import { type AttemptTimeouts, DeadlineHandler } from '../lib/deadline-handler.ts';
import type { Table } from '../lib/dynamodb/client.ts';
import { CommandError } from './failure.ts';

/** An AWS client that commands use. */
export type AwsClient = Table['client'] | SSMClient | STSClient;

const TIMEOUTS: AttemptTimeouts = { connectMs: 2_000, requestMs: 5_000, attemptMs: 10_000 };
const MAX_ATTEMPTS = 2;

/** Returns the timeouts and retries of a client. A command must not wait for long if a response does not begin or end. */
export const clientLimits = (timeouts = TIMEOUTS) => ({
  maxAttempts: MAX_ATTEMPTS,
  requestHandler: new DeadlineHandler(timeouts),
});

const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/;

/** Returns whether AWS operates an endpoint. Includes VPC endpoints. */
export const isAwsEndpoint = ({ hostname }: URL): boolean => AWS_HOST.test(hostname);

const builtIn = (name: string) => ({ type: 'builtInParams' as const, name });

/** Parameters of the endpoint rules of the SDK. The account id is left out because it requires credentials. */
const ENDPOINT_PARAMETERS = {
  Region: builtIn('region'),
  Endpoint: builtIn('endpoint'),
  UseFIPS: builtIn('useFipsEndpoint'),
  UseDualStack: builtIn('useDualstackEndpoint'),
};

/**
 * Resolves the endpoint of a client the way the SDK does, from the environment, the profile or the region.
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
    if (error instanceof Error && !isUrlProblem) {
      throw new CommandError(`${error.message} Check the region (AWS_REGION).`);
    }
  }
  throw new CommandError(
    'AWS_ENDPOINT_URL, or the endpoint_url of the profile, is not an http or https URL. Correct or unset it.',
  );
}

/**
 * Finds the account of the credentials with AWS Security Token Service (STS).
 *
 * @param endpoint the endpoint of the service that the command uses. If AWS does not operate it but operates the endpoint
 *   of STS, STS is not called: the account would be unrelated to the data behind the endpoint.
 * @returns the account id; undefined if STS is not called or does not return it
 * @throws the error of the SDK if the credentials are missing, invalid or expired
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function findAccount(
  region: string,
  endpoint: URL,
  timeouts?: AttemptTimeouts,
): Promise<string | undefined> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient({ region, ...clientLimits(timeouts) });
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
