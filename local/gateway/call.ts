import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayRequest } from './gateway-responses.ts';
import { toEventHeaders } from './header-mapping.ts';
import type { AuthorizerResult } from './policy.ts';
import { queryOf, rawPathOf } from './request-target.ts';
import type { RouteMatch } from './router.ts';
import type { GatewayService } from './service.ts';

const ACCOUNT_ID = '000000000000';
const API_ID = 'local';
/** The members of the identity that only requests with IAM, an API key, Cognito or a client certificate have. */
export const NO_IDENTITY = {
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

/** One request in the gateway. */
export class Call {
  readonly id = randomUUID();
  /** When the gateway received the request, by the monotonic clock, in milliseconds. */
  readonly startedAt = performance.now();
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly #service: GatewayService;

  constructor(service: GatewayService, request: IncomingMessage, response: ServerResponse) {
    this.#service = service;
    this.request = request;
    this.response = response;
    this.method = request.method ?? '';
    this.target = request.url ?? '/';
    this.path = rawPathOf(this.target);
  }

  get methodArn(): string {
    const { region, stage } = this.#service;
    return `arn:aws:execute-api:${region}:${ACCOUNT_ID}:${API_ID}/${stage}/${this.method}${this.path}`;
  }

  /** Returns the last value of a header by its lower-case name, as in the event. */
  header(name: string): string | undefined {
    return this.request.headersDistinct[name]?.at(-1);
  }

  /**
   * Creates the event of the Lambda proxy integration. The path, the headers and the body are those that the client sent.
   *
   * @param authorization the result of the authorizer, whose context the function receives
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
   */
  toProxyEvent(
    { route, pathParameters }: RouteMatch,
    body: Buffer,
    authorization?: AuthorizerResult,
  ): object {
    const { region } = this.#service;
    const isBinary = this.#isBinary();
    const [query, lists] = this.#query();
    const now = new Date();
    return {
      resource: route.path,
      path: this.path,
      httpMethod: this.method,
      ...toEventHeaders(this.request.rawHeaders),
      queryStringParameters: query,
      multiValueQueryStringParameters: lists,
      pathParameters: Object.keys(pathParameters).length > 0 ? pathParameters : null,
      stageVariables: null,
      requestContext: {
        ...this.#context(),
        resourceId: API_ID,
        resourcePath: route.path,
        requestTime: toLogTime(now),
        requestTimeEpoch: now.getTime(),
        domainName: `${API_ID}.execute-api.${region}.amazonaws.com`,
        domainPrefix: API_ID,
        identity: {
          ...NO_IDENTITY,
          sourceIp: this.request.socket.remoteAddress ?? '',
          userAgent: this.request.headers['user-agent'] ?? null,
        },
        ...(authorization && {
          authorizer: { ...authorization.context, principalId: authorization.principalId },
        }),
      },
      body: body.length === 0 ? null : body.toString(isBinary ? 'base64' : 'utf8'),
      isBase64Encoded: isBinary && body.length > 0,
    };
  }

  /** Returns the values that a gateway response can contain. @param authorizer the context of the authorizer */
  toGatewayRequest(authorizer: Readonly<Record<string, string>> = {}): GatewayRequest {
    const { socket, headers } = this.request;
    const authorizerContext = Object.entries(authorizer).map(([name, value]) => [
      `authorizer.${name}`,
      value,
    ]);
    return {
      context: {
        ...Object.fromEntries(authorizerContext),
        ...this.#context(),
        'identity.sourceIp': socket.remoteAddress ?? '',
        'identity.userAgent': headers['user-agent'] ?? '',
      },
      headers,
      query: new URLSearchParams(queryOf(this.target)),
    };
  }

  /** The texts of `$context` that do not depend on the route. */
  #context() {
    const { stage } = this.#service;
    return {
      accountId: ACCOUNT_ID,
      apiId: API_ID,
      extendedRequestId: this.id,
      httpMethod: this.method,
      path: `/${stage}${this.path}`,
      protocol: `HTTP/${this.request.httpVersion}`,
      requestId: this.id,
      stage,
    };
  }

  /** Returns the last value and all values of each query parameter. Both are null without parameters. */
  #query(): [Record<string, string> | null, Record<string, string[]> | null] {
    const text = queryOf(this.target);
    if (text === '') return [null, null];
    const query = new URLSearchParams(text);
    const lists = new Map<string, string[]>();
    for (const [name, value] of query) {
      const values = lists.get(name);
      if (values === undefined) lists.set(name, [value]);
      else values.push(value);
    }
    return [Object.fromEntries(query), Object.fromEntries(lists)];
  }

  #isBinary(): boolean {
    const { binaryMediaTypes } = this.#service;
    if (binaryMediaTypes.includes('*/*')) return true;
    const type = this.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    return binaryMediaTypes.some((binary) => binary.toLowerCase() === type);
  }
}

/** Formats a time like the Common Log Format, as in `09/Apr/2026:12:34:56 +0000`. */
const toLogTime = (time: Date): string =>
  time.toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (\S+) GMT$/, '$1/$2/$3:$4 +0000');
