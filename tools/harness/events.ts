import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { TEST_MS } from './time-limits.ts';

/** What differs from a plain request; `null` takes a header away. */
export interface EventOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, or bytes, which API Gateway sends in base64. */
  readonly body?: string | Uint8Array;
  readonly query?: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
  /** Where API Gateway sees the client. */
  readonly sourceIp?: string;
  /** What the authorizer handed on; API Gateway turns every value into text. */
  readonly authorizer?: Readonly<Record<string, string | number | boolean>>;
}

/** What CloudFront, which stands before every REST API, adds to the headers. */
const ADDED = { Host: 'abc123.execute-api.eu-west-1.amazonaws.com', 'X-Forwarded-Proto': 'https' };

/**
 * An event as a REST API sends it to a Lambda proxy integration.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function proxyEvent(method: string, options: EventOptions = {}): APIGatewayProxyEvent {
  const { path = '/api/token/', body, query, authorizer, pathParameters, sourceIp = '203.0.113.7' } = options;
  const headers: Record<string, string> = { ...ADDED, ...options.headers };
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
      domainName: ADDED.Host,
      domainPrefix: 'abc123',
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      apiId: 'abc123',
      identity: { ...NOBODY, sourceIp, userAgent: 'latchkey-tests' },
      authorizer: authorizer && handedOn(authorizer),
    },
    body: isBinary ? Buffer.from(body).toString('base64') : (body ?? null),
    isBase64Encoded: isBinary,
  };
}

/** What the authorizer hands on of `deku`, whose id is 1. */
export const admitted = { user_id: 1, username: 'deku', sid: 'any', djangos: false, login_at: 0 };

/** A POST of a text of a type. */
export const post = (
  type: string,
  body: string | Uint8Array,
  options: EventOptions = {},
): APIGatewayProxyEvent =>
  proxyEvent('POST', { ...options, body, headers: { 'Content-Type': type, ...options.headers } });

/** A POST of a value as JSON. */
export const postJson = (value: unknown, options: EventOptions = {}): APIGatewayProxyEvent =>
  post('application/json', JSON.stringify(value), options);

/** The context of an invocation that has some seconds left. */
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

const NOBODY = {
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

const listsOf = (values: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));

const handedOn = (context: Readonly<Record<string, string | number | boolean>>) => ({
  principalId: 'user',
  integrationLatency: 12,
  ...Object.fromEntries(Object.entries(context).map(([name, value]) => [name, String(value)])),
});
