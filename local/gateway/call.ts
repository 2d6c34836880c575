import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { AuthorizerDefinition } from './authorizer.ts';
import type { GatewayRequest, GatewayResponseType } from './gateway-responses.ts';
import { toEventHeaders } from './header-mapping.ts';
import type { AuthorizerResult } from './policy.ts';
import { rawPathOf } from './request-target.ts';
import type { HttpResponse } from './response.ts';
import type { GatewayService } from './service.ts';

const ACCOUNT_ID = '000000000000';
const API_ID = 'local';

/** One request in the gateway. */
export class Call {
  /** When the gateway received the request, by the monotonic clock, in milliseconds. */
  readonly startedAt = performance.now();
  readonly id: string;
  readonly #service: GatewayService;
  readonly #request: IncomingMessage;
  readonly #path: string;
  readonly #target: string;
  readonly #headers: IncomingMessage['headers'];
  readonly #rawHeaders: readonly string[];
  #response: HttpResponse | undefined;
  /** The authorizer of the route; undefined for a route without one. */
  authorizer: AuthorizerDefinition | undefined;
  /** The result of the authorizer. */
  authorization: AuthorizerResult | undefined;

  constructor(id: string, service: GatewayService, request: IncomingMessage) {
    this.id = id;
    this.#service = service;
    this.#request = request;
    this.#target = request.url ?? '/';
    this.#path = rawPathOf(this.#target);
    this.#headers = { ...request.headers };
    this.#rawHeaders = [...request.rawHeaders];
  }

  get response(): HttpResponse | undefined {
    return this.#response;
  }

  get socket(): Socket {
    return this.#request.socket;
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  get target(): string {
    return this.#target;
  }

  get rawHeaders(): readonly string[] {
    return this.#rawHeaders;
  }

  get methodArn(): string {
    const { region, stage } = this.#service;
    return `arn:aws:execute-api:${region}:${ACCOUNT_ID}:${API_ID}/${stage}/${this.method}${this.#path}`;
  }

  /** Returns the value of a header by its lower-case name. */
  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** Sets the response. Has no effect if it is already set. */
  settle(response: HttpResponse): void {
    this.#response ??= response;
  }

  /** Sets a gateway response as the response. */
  reject(
    type: GatewayResponseType,
    { authorizer = {}, status }: { authorizer?: Readonly<Record<string, string>>; status?: number } = {},
  ): void {
    this.settle(this.#service.responses.create(type, this.#toGatewayRequest(authorizer), status));
  }

  /**
   * Converts an event of serverless-offline to an event of the Lambda proxy integration. The path, the headers and the body
   * are those that the client sent. The authorizer context contains only the result of the authorizer.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
   */
  toProxyEvent(event: ProxyEvent): ProxyEvent {
    const { authorizer: _, ...requestContext } = event.requestContext;
    const body = this.#body();
    const isBinary = this.#isBinary();
    return {
      ...event,
      ...toEventHeaders(this.#rawHeaders),
      path: this.#path,
      body: body?.toString(isBinary ? 'base64' : 'utf8') ?? null,
      isBase64Encoded: isBinary && body !== undefined,
      requestContext: {
        ...requestContext,
        accountId: ACCOUNT_ID,
        apiId: API_ID,
        requestId: this.id,
        path: `/${this.#service.stage}${this.#path}`,
        ...(this.authorization && {
          authorizer: { ...this.authorization.context, principalId: this.authorization.principalId },
        }),
      },
    };
  }

  /** The received bytes. serverless-offline keeps them next to the text that it decodes. */
  #body(): Buffer | undefined {
    const payload: unknown = Reflect.get(this.#request, 'payload');
    return payload instanceof Uint8Array && payload.length > 0 ? Buffer.from(payload) : undefined;
  }

  #isBinary(): boolean {
    const type = this.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    return this.#service.binaryMediaTypes.some((binary) => binary === '*/*' || binary.toLowerCase() === type);
  }

  #toGatewayRequest(authorizer: Readonly<Record<string, string>>): GatewayRequest {
    const { socket, httpVersion } = this.#request;
    const headers = this.#headers;
    const authorizerContext = Object.entries(authorizer).map(([name, value]) => [
      `authorizer.${name}`,
      value,
    ]);
    return {
      context: {
        ...Object.fromEntries(authorizerContext),
        requestId: this.id,
        extendedRequestId: this.id,
        accountId: ACCOUNT_ID,
        apiId: API_ID,
        stage: this.#service.stage,
        httpMethod: this.method,
        path: `/${this.#service.stage}${this.#path}`,
        protocol: `HTTP/${httpVersion}`,
        'identity.sourceIp': socket.remoteAddress ?? '',
        'identity.userAgent': headers['user-agent'] ?? '',
      },
      headers,
      query: new URLSearchParams(/\?([^#]*)/.exec(this.#target)?.[1] ?? ''),
    };
  }
}

/** The parts of an event of serverless-offline that this module uses. */
export interface ProxyEvent {
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}
