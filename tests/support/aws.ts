import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An error response: its status and the name of the error. */
export interface Refusal {
  readonly status: number;
  readonly type: string;
}

export interface TestAws {
  readonly endpoint: string;
  /** The error of STS. Without it, STS returns the account 123456789012. */
  sts: Refusal | undefined;
  /** The error of DynamoDB. */
  dynamodb: Refusal;
  /** The requested operations, in order. */
  readonly calls: string[];
  close(): Promise<void>;
}

const ACCOUNT = '123456789012';
const NO_TABLE: Refusal = { status: 400, type: 'ResourceNotFoundException' };

/**
 * Starts a server that responds to GetCallerIdentity as STS does, and with errors as DynamoDB does, on a free port.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function startAws(): Promise<TestAws> {
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const target = request.headers['x-amz-target'];
    if (target !== undefined) {
      calls.push(String(target));
      const { status, type } = aws.dynamodb;
      const refusal = { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: `${type} of the test` };
      response
        .writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify(refusal));
      return;
    }
    calls.push(String(new URLSearchParams(body).get('Action')));
    const refused = aws.sts;
    response.writeHead(refused?.status ?? 200, { 'Content-Type': 'text/xml' }).end(
      refused === undefined
        ? `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
             <GetCallerIdentityResult><Account>${ACCOUNT}</Account></GetCallerIdentityResult>
           </GetCallerIdentityResponse>`
        : `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
             <Error><Type>Sender</Type><Code>${refused.type}</Code><Message>of the test</Message></Error>
           </ErrorResponse>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const aws: TestAws = {
    endpoint: `http://127.0.0.1:${port}`,
    sts: undefined,
    dynamodb: NO_TABLE,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return aws;
}

/** Returns an endpoint without a server. Its port was free a moment ago. */
export async function closedEndpoint(): Promise<string> {
  const { endpoint, close } = await startAws();
  await close();
  return endpoint;
}

/**
 * Returns the environment of a command on a stage: credentials that the servers here do not check, without the AWS
 * configuration of this machine.
 *
 * @param services.dynamodb the URL of a local engine; its username is the access key id
 */
export const stageEnvironment = ({
  dynamodb = '',
  sts = '',
}: {
  dynamodb?: string;
  sts?: string;
} = {}): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: (dynamodb && new URL(dynamodb).username) || 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_REGION: '',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_ENDPOINT_URL: '',
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb && new URL(dynamodb).origin,
  AWS_ENDPOINT_URL_STS: sts,
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '',
});
