import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { warn } from '../../tools/kit/terminal.ts';
import type { CompletedRequest } from '../request-log.ts';
import { type AuthorizerContext, Authorizers } from './authorizer.ts';
import { Call } from './call.ts';
import type { GatewayResponseType } from './gateway-responses.ts';
import { createIndexPage } from './index-page.ts';
import { toProxyResponse } from './proxy-response.ts';
import { readBody } from './request-body.ts';
import { isHeadTooLarge, resourcePathOf } from './request-target.ts';
import { type HttpResponse, send } from './response.ts';
import { Router } from './router.ts';
import type { GatewayService } from './service.ts';
import { respondToUnreadableRequests } from './unreadable-requests.ts';

/** The time that serverless-offline gives its own requests to complete when it stops. */
const DRAIN_MS = 5_000;

export interface GatewayOptions {
  /** Invokes a function by its name in `serverless.yml`. */
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  /** Called for each request when its response is written. */
  readonly onResponse?: (request: CompletedRequest) => void;
}

/** The gateway of a REST API, which handles the requests of an HTTP server. */
export class Gateway {
  readonly #service: GatewayService;
  readonly #options: GatewayOptions;
  readonly #router: Router;
  /** The response to a browser that opens `/`. API Gateway has no counterpart. */
  readonly #page: HttpResponse;
  readonly #authorizers = new Authorizers();
  /** The requests whose response is not complete. */
  readonly #calls = new Set<Call>();
  readonly #lastRequests = new WeakMap<Socket, IncomingMessage>();

  constructor(service: GatewayService, options: GatewayOptions) {
    this.#service = service;
    this.#options = options;
    this.#router = new Router(service.routes);
    this.#page = createIndexPage(service);
  }

  /** Handles the requests of a server in place of its own listeners. */
  attach(listener: Server): void {
    const handle: RequestListener = (request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        warn(inspect(error));
        response.destroy();
      });
    };
    for (const event of ['request', 'checkContinue']) listener.removeAllListeners(event);
    listener.on('request', handle);
    // A response that waits for another one on its connection is not closed with the connection.
    listener.on('connection', (socket) =>
      socket.once('close', () => {
        for (const call of this.#callsOf(socket)) this.#calls.delete(call);
      }),
    );
    // API Gateway removes `Expect` (developer guide, "Amazon API Gateway important notes"). Node.js would respond with an empty 417.
    listener.on('checkExpectation', handle);
    // Node.js would respond to requests of HTTP/1.1 without `Host` with an empty 400.
    Object.assign(listener, { requireHostHeader: false });
    respondToUnreadableRequests(
      listener,
      {
        callsOf: (socket) => this.#callsOf(socket),
        lastRequestOf: (socket) => this.#lastRequests.get(socket),
      },
      (status) => {
        const nothing = { context: { requestId: randomUUID() }, headers: {}, query: new URLSearchParams() };
        return this.#service.responses.create('DEFAULT_4XX', nothing, status);
      },
    );
  }

  /** Accepts no more connections, and waits for the responses to all requests, or until a time limit. */
  async drain(listener: Server): Promise<void> {
    listener.close();
    const closed = [...this.#calls].map(
      ({ request, response }) =>
        new Promise((resolve) => {
          response.once('close', resolve);
          request.socket.once('close', resolve);
        }),
    );
    await Promise.race([Promise.all(closed), delay(DRAIN_MS, undefined, { ref: false })]);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = new Call(this.#service, request, response);
    this.#calls.add(call);
    this.#lastRequests.set(request.socket, request);
    response.once('close', () => this.#calls.delete(call));
    const content = await this.#respond(call).catch((error: unknown) => {
      // The body cannot be read if the client has ended the connection.
      if (!response.destroyed) warn(inspect(error));
      return this.#reject(call, 'DEFAULT_5XX', { status: 500 });
    });
    if (response.destroyed) return;
    send(content, request, response);
    this.#options.onResponse?.({
      method: call.method,
      path: call.path,
      status: content.status,
      milliseconds: performance.now() - call.startedAt,
    });
  }

  async #respond(call: Call): Promise<HttpResponse> {
    const { request, method, target } = call;
    if (isHeadTooLarge(`${method} ${target} HTTP/1.1`, request.rawHeaders))
      return this.#reject(call, 'DEFAULT_4XX', { status: 431 });
    // RFC 9112 §3.2 requires this response.
    if (!hasValidHost(request)) return this.#reject(call, 'DEFAULT_4XX', { status: 400 });
    if (isPageRequest(call)) return withId(call, this.#page);
    const path = resourcePathOf(method, target);
    const match = path === undefined ? undefined : this.#router.find(method, path);
    if (match === undefined) return this.#reject(call, 'MISSING_AUTHENTICATION_TOKEN');
    const { functionName, authorizer } = match.route;
    const { invoke } = this.#options;
    const verdict =
      authorizer &&
      (await this.#authorizers.authorize(
        authorizer,
        { token: call.header(authorizer.header), methodArn: call.methodArn },
        (event) => invoke(authorizer.functionName, event),
      ));
    if (verdict?.allowed === false) return this.#reject(call, verdict.type, { authorizer: verdict.context });
    const body = await readBody(request);
    if (body === undefined) return this.#reject(call, 'REQUEST_TOO_LARGE');
    const event = call.toProxyEvent(match, body, verdict?.context);
    try {
      return withId(call, toProxyResponse(await invoke(functionName, event)));
    } catch {
      // The function has failed, or its result is malformed.
      return this.#reject(call, 'DEFAULT_5XX', { status: 502 });
    }
  }

  #callsOf(socket: Socket): Call[] {
    return [...this.#calls].filter(({ request }) => request.socket === socket);
  }

  #reject(
    call: Call,
    type: GatewayResponseType,
    { authorizer, status }: { authorizer?: AuthorizerContext | undefined; status?: number } = {},
  ): HttpResponse {
    return this.#service.responses.create(type, call.toGatewayRequest(authorizer), status);
  }
}

const withId = ({ id }: Call, response: HttpResponse): HttpResponse => ({
  ...response,
  headers: [['x-amzn-RequestId', id], ...response.headers],
});

/** Whether there is one `Host`, and it looks like a host and a port. HTTP/1.0 does not require the header. */
function hasValidHost({ headersDistinct: { host: hosts = [] }, httpVersion }: IncomingMessage): boolean {
  const [host, ...others] = hosts;
  if (host === undefined) return httpVersion !== '1.1';
  return others.length === 0 && /^[\w.:[\]-]*$/.test(host);
}

/** A browser accepts HTML. Other clients receive the same response as from API Gateway. */
const isPageRequest = (call: Call): boolean =>
  call.path === '/' &&
  ['GET', 'HEAD'].includes(call.method) &&
  (call.header('accept')?.includes('text/html') ?? false);
