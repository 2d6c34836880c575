import type {
  APIGatewayAuthorizerResult,
  APIGatewayProxyEvent,
  APIGatewayTokenAuthorizerEvent,
  Context,
} from 'aws-lambda';
import { TEST_MS } from './time-limits.ts';

type AuthorizerContext = NonNullable<APIGatewayAuthorizerResult['context']>;

/** The properties of a request that differ from the defaults. */
export interface EventOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, or bytes. API Gateway encodes bytes in base64. */
  readonly body?: string | Uint8Array;
  readonly query?: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
  /** The client address that API Gateway reports. */
  readonly sourceIp?: string;
  /** The context of the authorizer. API Gateway converts every value to text, and leaves out what is undefined. */
  readonly authorizer?: AuthorizerContext;
}

/** Headers that CloudFront adds in front of every REST API. */
const ADDED_HEADERS = { Host: 'abc123.execute-api.eu-west-1.amazonaws.com', 'X-Forwarded-Proto': 'https' };

/** The members of the identity that only requests with IAM, an API key, Cognito or a client certificate have. */
const NO_IDENTITY = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
};

/**
 * Creates an event as a REST API sends it to a Lambda proxy integration.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function proxyEvent(method: string, options: EventOptions = {}): APIGatewayProxyEvent {
  const { path = '/api/token/', body, query, authorizer, pathParameters, sourceIp = '203.0.113.7' } = options;
  const headers: Record<string, string> = { ...ADDED_HEADERS, ...options.headers };
  const isBinary = body !== undefined && typeof body !== 'string';
  return {
    resource: path.replace(/\/$/, ''),
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: listsOf(headers),
    queryStringParameters: query ? { ...query } : null,
    multiValueQueryStringParameters: query ? listsOf(query) : null,
    pathParameters: pathParameters ? { ...pathParameters } : null,
    stageVariables: null,
    requestContext: {
      resourceId: 'r3s0rc',
      resourcePath: path.replace(/\/$/, ''),
      httpMethod: method,
      extendedRequestId: 'Xx-3xt3nd3d=',
      requestTime: '09/Apr/2026:12:34:56 +0000',
      requestTimeEpoch: 1_775_738_096_000,
      path: `/test${path}`,
      accountId: '123456789012',
      protocol: 'HTTP/1.1',
      stage: 'test',
      domainName: ADDED_HEADERS.Host,
      domainPrefix: 'abc123',
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      apiId: 'abc123',
      identity: { ...NO_IDENTITY, sourceIp, userAgent: 'latchkey-tests' },
      authorizer: authorizer && contextOf(authorizer),
    },
    body: isBinary ? Buffer.from(body).toString('base64') : (body ?? null),
    isBase64Encoded: isBinary,
  };
}

/** The authorizer context of `deku`, whose id is 1. */
export const admitted = { user_id: 1, username: 'deku', sid: 'any', legacy: false, login_at: 0 };

/** Creates a POST event with a body of a content type. */
export const post = (
  type: string,
  body: string | Uint8Array,
  options: EventOptions = {},
): APIGatewayProxyEvent =>
  proxyEvent('POST', { ...options, body, headers: { 'Content-Type': type, ...options.headers } });

/** Creates a POST event with a JSON body. */
export const postJson = (value: unknown, options: EventOptions = {}): APIGatewayProxyEvent =>
  post('application/json', JSON.stringify(value), options);

/** Creates the event of a TOKEN authorizer. @param authorizationToken the header `Authorization` */
export const authorizerEvent = (authorizationToken: string): APIGatewayTokenAuthorizerEvent => ({
  type: 'TOKEN',
  authorizationToken,
  methodArn: 'arn:aws:execute-api:eu-west-1:123456789012:abc123/test/GET/api/blog/posts',
});

/** Creates the context of an invocation. @param remainingMs the time until its timeout, in milliseconds */
export const lambdaContext = (remainingMs = TEST_MS): Context => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'latchkey-test-obtain',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:latchkey-test-obtain',
  memoryLimitInMB: '1024',
  awsRequestId: '5f2c8a34-1111-4222-8333-944455556666',
  logGroupName: '/aws/lambda/latchkey-test-obtain',
  logStreamName: '2026/04/09/[$LATEST]abcdef',
  getRemainingTimeInMillis: () => remainingMs,
  done: () => {},
  fail: () => {},
  succeed: () => {},
});

const listsOf = (values: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));

const contextOf = (context: AuthorizerContext) => ({
  principalId: 'user',
  integrationLatency: 12,
  ...Object.fromEntries(
    Object.entries(context).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]])),
  ),
});
