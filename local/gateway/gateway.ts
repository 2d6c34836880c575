import { randomUUID } from 'node:crypto';
import type { OfflineFunction } from 'serverless-offline/lambda';
import * as v from 'valibot';
import type { CompletedRequest } from '../request-log.ts';
import { Authorizers, isAcceptable } from './authorizer.ts';
import { Call } from './call.ts';
import {
  acceptMissingHost,
  ignoreExpectations,
  type OfflineRequest,
  type OfflineServer,
  serveOptions,
} from './offline-server.ts';
import { toProxyResponse } from './proxy-response.ts';
import { canNameResource, isHeadTooLarge, rawPathOf } from './request-target.ts';
import { type HttpResponse, send } from './response.ts';
import type { GatewayService } from './service.ts';
import { respondToUnreadableRequests } from './unreadable-requests.ts';

const eventSchema = v.looseObject({
  headers: v.record(v.string(), v.unknown()),
  requestContext: v.record(v.string(), v.unknown()),
  type: v.optional(v.string()),
});

type OfflineEvent = v.InferOutput<typeof eventSchema>;

/** A policy that serverless-offline accepts for every request. The gateway has evaluated the real policy before. */
const ALLOWED = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
};

/** The result that serverless-offline receives from each handler. The gateway writes the real response. */
const SETTLED = { statusCode: 204 };

export interface GatewayOptions {
  readonly authorizers?: Authorizers;
  /** The response to a browser that opens `/`. API Gateway has no counterpart. */
  readonly page?: HttpResponse;
  /** Called for each request when its response is written. */
  readonly onResponse?: (request: CompletedRequest) => void;
}

/**
 * The gateway of a REST API around the HTTP server of serverless-offline. It inspects each request before and after
 * routing, wraps the functions, and writes the response.
 */
export class Gateway {
  readonly #service: GatewayService;
  readonly #authorizers: Authorizers;
  readonly #calls = new Map<string, Call>();
  readonly #requests = new WeakMap<OfflineRequest, Call>();
  readonly #options: GatewayOptions;
  /** The header that carries the id of a request into its events. Its name is random, so clients cannot forge it. */
  readonly #trace = `x-${randomUUID()}`;

  constructor(service: GatewayService, options: GatewayOptions = {}) {
    this.#service = service;
    this.#authorizers = options.authorizers ?? new Authorizers();
    this.#options = options;
  }

  /** Handles the requests and responses of a server. */
  attach(server: OfflineServer): void {
    serveOptions(server);
    ignoreExpectations(server);
    acceptMissingHost(server);
    respondToUnreadableRequests(
      server.listener,
      (socket) => [...this.#calls.values()].some((call) => call.socket === socket),
      (status) => {
        const nothing = { context: { requestId: randomUUID() }, headers: {}, query: new URLSearchParams() };
        return this.#service.responses.create('DEFAULT_4XX', nothing, status);
      },
    );
    server.ext('onRequest', (request, toolkit) =>
      this.#receive(request) === undefined ? toolkit.continue : toolkit.response().takeover(),
    );
    server.ext('onPreAuth', (request, toolkit) =>
      this.#route(request) === undefined ? toolkit.continue : toolkit.response().takeover(),
    );
    server.ext('onPreResponse', (request, toolkit) => {
      this.#respond(request);
      return toolkit.abandon;
    });
  }

  /** Wraps a function of serverless-offline. Passes events that are not from a request of the gateway. */
  wrap(functionKey: string, get: (functionKey: string) => OfflineFunction): OfflineFunction {
    let event: unknown;
    let clientContext: unknown = null;
    const invoke = (input: unknown): Promise<unknown> => {
      // No await in between: two requests must not share a function.
      const target = get(functionKey);
      target.setClientContext(clientContext);
      target.setEvent(input);
      return target.runHandler();
    };
    return {
      setEvent: (given) => {
        event = given;
      },
      setClientContext: (given) => {
        clientContext = given;
      },
      runHandler: () => {
        const read = v.safeParse(eventSchema, event);
        const call = read.success ? this.#calls.get(String(read.output.headers[this.#trace])) : undefined;
        if (!read.success || call === undefined) return invoke(event);
        return read.output.type === 'TOKEN'
          ? this.#authorize(call, functionKey, invoke)
          : this.#proxy(call, read.output, invoke);
      },
    };
  }

  /** Inspects a request before routing. Returns the response if it is already known. */
  #receive(request: OfflineRequest): object | undefined {
    const { req } = request.raw;
    const call = new Call(randomUUID(), this.#service, req);
    this.#calls.set(call.id, call);
    this.#requests.set(request, call);
    request.raw.res.once('close', () => this.#calls.delete(call.id));
    if (isHeadTooLarge(`${call.method} ${call.target} HTTP/1.1`, call.rawHeaders))
      call.reject('DEFAULT_4XX', { status: 431 });
    // RFC 9112 §3.2 requires this response.
    else if (req.httpVersion === '1.1' && req.headers.host === undefined)
      call.reject('DEFAULT_4XX', { status: 400 });
    else if (this.#options.page !== undefined && isPageRequest(call))
      call.settle({
        ...this.#options.page,
        headers: [['x-amzn-RequestId', call.id], ...this.#options.page.headers],
      });
    else if (!canNameResource(call.method, call.target)) call.reject('MISSING_AUTHENTICATION_TOKEN');
    req.rawHeaders.push(this.#trace, call.id);
    // The call keeps the content type. The server must neither parse the body by it nor reject a malformed one.
    if (req.headers['content-type'] !== undefined) req.headers['content-type'] = 'application/octet-stream';
    return call.response;
  }

  /** Inspects a request after routing, before its authorizer runs. Returns the response if it is already known. */
  #route(request: OfflineRequest): object | undefined {
    const call = this.#callOf(request);
    const { method, path } = request.route;
    const authorizer = this.#service.authorizerOf(method, path);
    // hapi uses the route of GET for HEAD. A REST API does not.
    if (request.method === 'head' && method === 'get') call.reject('MISSING_AUTHENTICATION_TOKEN');
    else if (authorizer !== undefined && !isAcceptable(authorizer, call.header(authorizer.header)))
      call.reject('UNAUTHORIZED');
    else call.authorizer = authorizer;
    return call.response;
  }

  async #authorize(
    call: Call,
    functionKey: string,
    invoke: (event: unknown) => Promise<unknown>,
  ): Promise<unknown> {
    if (call.authorizer === undefined)
      throw new Error(`no route of this request has the authorizer ${functionKey}`);
    const { authorizer, methodArn } = call;
    const verdict = await this.#authorizers.authorize(
      authorizer,
      { token: call.header(authorizer.header), methodArn },
      invoke,
    );
    if (!verdict.allowed) {
      call.reject(verdict.type, { authorizer: verdict.context });
      throw new Error('denied');
    }
    call.authorization = verdict.result;
    return { principalId: verdict.result.principalId, policyDocument: ALLOWED };
  }

  async #proxy(
    call: Call,
    event: OfflineEvent,
    invoke: (event: unknown) => Promise<unknown>,
  ): Promise<unknown> {
    // The authorizer of a route must have run, whatever serverless-offline did with the request.
    if (call.authorizer !== undefined && call.authorization === undefined) {
      call.reject('AUTHORIZER_CONFIGURATION_ERROR');
      return SETTLED;
    }
    let result: unknown;
    try {
      result = await invoke(call.toProxyEvent(event));
    } catch {
      // serverless-offline has logged the error, like Lambda.
    }
    const response = toProxyResponse(result);
    if (response === undefined) call.reject('DEFAULT_5XX', { status: 502 });
    else call.settle({ ...response, headers: [['x-amzn-RequestId', call.id], ...response.headers] });
    return SETTLED;
  }

  #respond(request: OfflineRequest): void {
    const call = this.#callOf(request);
    if (call.response === undefined) rejectAs(call, statusOf(request));
    if (call.response !== undefined) send(call.response, request.raw.req, request.raw.res);
    this.#options.onResponse?.({
      method: call.method,
      path: rawPathOf(call.target),
      status: call.response?.status ?? 500,
      milliseconds: performance.now() - call.startedAt,
    });
    this.#calls.delete(call.id);
  }

  #callOf(request: OfflineRequest): Call {
    const call = this.#requests.get(request) ?? new Call(randomUUID(), this.#service, request.raw.req);
    this.#requests.set(request, call);
    return call;
  }
}

/** A browser accepts HTML. Other clients receive the same response as from API Gateway. */
const isPageRequest = (call: Call): boolean =>
  ['GET', 'HEAD'].includes(call.method) &&
  rawPathOf(call.target) === '/' &&
  (call.header('accept')?.includes('text/html') ?? false);

const statusOf = ({ response }: OfflineRequest): number =>
  response?.output?.statusCode ?? response?.statusCode ?? 500;

/** Responds to a request that reached no function, because it has no route or the server rejected it. */
function rejectAs(call: Call, status: number): void {
  // The server has its own response to a preflight without a route.
  const isPreflight = call.method === 'OPTIONS' && status < 400;
  if (status === 404 || isPreflight) call.reject('MISSING_AUTHENTICATION_TOKEN');
  else if (status === 413) call.reject('REQUEST_TOO_LARGE');
  else if (status >= 400 && status < 500) call.reject('DEFAULT_4XX', { status });
  else call.reject('DEFAULT_5XX', { status: 500 });
}
