import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthorizerContext } from './authorizer.ts';
import type { GatewayRequest } from './gateway-responses.ts';
import { queryOf, rawPathOf } from './request-target.ts';
import type { RouteMatch } from './router.ts';
import type { GatewayService } from './service.ts';

const ACCOUNT_ID = '000000000000';
const API_ID = 'local';

/**
 * The headers that a REST API removes from a request.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const REMOVED_HEADERS =
  /^(connection|content-md5|expect|max-forwards|proxy-authenticate|server|te|trailer|upgrade|www-authenticate)$/i;

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
   * Creates the event of the Lambda proxy integration. The path, the headers and the body are those that the client sent. The body
   * is in base64, because all media types are binary (`binaryMediaTypes` in serverless.yml).
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
   */
  toProxyEvent({ route, pathParameters }: RouteMatch, body: Buffer, authorizer?: AuthorizerContext): object {
    const { rawHeaders, socket, headers: parsedHeaders } = this.request;
    const headers = rawHeaders.flatMap((name, index): [string, string][] =>
      index % 2 === 0 && !REMOVED_HEADERS.test(name) ? [[name, rawHeaders[index + 1] ?? '']] : [],
    );
    const query = [...new URLSearchParams(queryOf(this.target))];
    return {
      resource: route.path,
      path: this.path,
      httpMethod: this.method,
      // The last value of each name.
      headers: Object.fromEntries(headers),
      multiValueHeaders: listsOf(headers),
      queryStringParameters: query.length > 0 ? Object.fromEntries(query) : null,
      multiValueQueryStringParameters: query.length > 0 ? listsOf(query) : null,
      pathParameters: Object.keys(pathParameters).length > 0 ? pathParameters : null,
      stageVariables: null,
      requestContext: {
        ...this.#context(),
        resourcePath: route.path,
        requestTimeEpoch: Date.now(),
        identity: { sourceIp: socket.remoteAddress ?? '', userAgent: parsedHeaders['user-agent'] ?? null },
        ...(authorizer && { authorizer }),
      },
      body: body.length > 0 ? body.toString('base64') : null,
      isBase64Encoded: body.length > 0,
    };
  }

  /** Returns the values that a gateway response can contain. Of `$context`, those of the identity are left out. */
  toGatewayRequest(authorizer: AuthorizerContext = {}): GatewayRequest {
    const named = Object.entries(authorizer).map(([name, value]) => [`authorizer.${name}`, value]);
    return {
      context: { ...Object.fromEntries(named), ...this.#context() },
      headers: this.request.headers,
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
}

/** Returns all values of each name. */
function listsOf(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const values = lists.get(name);
    if (values === undefined) lists.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries(lists);
}
