import { randomUUID } from 'node:crypto';
import type { OfflineFunction } from 'serverless-offline/lambda';
import * as v from 'valibot';
import { send } from './answer.ts';
import { Authorizers, isPresentable } from './authorizer.ts';
import { Call } from './call.ts';
import {
  ignoreExpectations,
  type OfflineRequest,
  type OfflineServer,
  serveOptions,
} from './offline-server.ts';
import { toProxyAnswer } from './proxy-answer.ts';
import { canNameResource, isHeadTooLarge } from './request-target.ts';
import type { GatewayService } from './service.ts';
import { answerUnreadableRequests } from './unreadable-requests.ts';

const eventSchema = v.looseObject({
  headers: v.record(v.string(), v.unknown()),
  requestContext: v.record(v.string(), v.unknown()),
  type: v.optional(v.string()),
});

type OfflineEvent = v.InferOutput<typeof eventSchema>;

/** A policy that serverless-offline lets pass: what is allowed has been decided by then. */
const ALLOWED = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
};

/** What serverless-offline is given for a handler's result: the answer is written elsewhere. */
const SETTLED = { statusCode: 204 };

/**
 * A REST API's gateway around serverless-offline's server: it looks at a request before and after it is routed, stands
 * between the server and the functions, and writes the answer itself.
 */
export class Gateway {
  readonly #service: GatewayService;
  readonly #authorizers: Authorizers;
  readonly #calls = new Map<string, Call>();
  readonly #requests = new WeakMap<OfflineRequest, Call>();
  /** Carries the id of a request into the events made of it. Nobody outside knows its name, so none can be forged. */
  readonly #trace = `x-${randomUUID()}`;

  constructor(service: GatewayService, authorizers = new Authorizers()) {
    this.#service = service;
    this.#authorizers = authorizers;
  }

  /** Takes over the requests and the answers of a server. */
  attach(server: OfflineServer): void {
    serveOptions(server);
    ignoreExpectations(server);
    answerUnreadableRequests(
      server.listener,
      (socket) => [...this.#calls.values()].some((call) => call.socket === socket),
      (status) => {
        const nothing = { context: { requestId: randomUUID() }, headers: {}, query: new URLSearchParams() };
        return this.#service.responses.answer('DEFAULT_4XX', nothing, status);
      },
    );
    server.ext('onRequest', (request, toolkit) =>
      this.#receive(request) === undefined ? toolkit.continue : toolkit.response().takeover(),
    );
    server.ext('onPreAuth', (request, toolkit) =>
      this.#route(request) === undefined ? toolkit.continue : toolkit.response().takeover(),
    );
    server.ext('onPreResponse', (request, toolkit) => {
      this.#answer(request);
      return toolkit.abandon;
    });
  }

  /** Stands between serverless-offline and a function. An event that came by no request of the gateway passes. */
  wrap(functionKey: string, get: (functionKey: string) => OfflineFunction): OfflineFunction {
    let event: unknown;
    let clientContext: unknown = null;
    const invoke = (input: unknown): Promise<unknown> => {
      // Taken, given its event and started in one go: two requests never share a function.
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

  /** Looks at a request as it comes in. */
  #receive(request: OfflineRequest): object | undefined {
    const { req } = request.raw;
    const call = new Call(randomUUID(), this.#service, req);
    this.#calls.set(call.id, call);
    this.#requests.set(request, call);
    request.raw.res.once('close', () => this.#calls.delete(call.id));
    if (isHeadTooLarge(`${call.method} ${call.target} HTTP/1.1`, call.rawHeaders))
      call.refuse('DEFAULT_4XX', { status: 431 });
    else if (!canNameResource(call.method, call.target)) call.refuse('MISSING_AUTHENTICATION_TOKEN');
    req.rawHeaders.push(this.#trace, call.id);
    // The call has the type that was sent. Nobody on the way is to read the body by it, or to refuse it for its form.
    if (req.headers['content-type'] !== undefined) req.headers['content-type'] = 'application/octet-stream';
    return call.answer;
  }

  /** Looks at a request once it has a route, before its authorizer is asked. */
  #route(request: OfflineRequest): object | undefined {
    const call = this.#callOf(request);
    const { method, path } = request.route;
    const authorizer = this.#service.authorizerOf(method, path);
    // hapi answers HEAD by the route for GET; a REST API has no such method then.
    if (request.method === 'head' && method === 'get') call.refuse('MISSING_AUTHENTICATION_TOKEN');
    else if (authorizer !== undefined && !isPresentable(authorizer, call.header(authorizer.header)))
      call.refuse('UNAUTHORIZED');
    else call.authorizer = authorizer;
    return call.answer;
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
      call.refuse(verdict.type, { authorizer: verdict.context });
      throw new Error('refused');
    }
    call.authorization = verdict.result;
    return { principalId: verdict.result.principalId, policyDocument: ALLOWED };
  }

  async #proxy(
    call: Call,
    event: OfflineEvent,
    invoke: (event: unknown) => Promise<unknown>,
  ): Promise<unknown> {
    // A route with an authorizer is not passed without it, whatever serverless-offline made of the request.
    if (call.authorizer !== undefined && call.authorization === undefined) {
      call.refuse('AUTHORIZER_CONFIGURATION_ERROR');
      return SETTLED;
    }
    let result: unknown;
    try {
      result = await invoke(call.toProxyEvent(event));
    } catch {
      // serverless-offline has logged it, as Lambda does.
    }
    const answer = toProxyAnswer(result);
    if (answer === undefined) call.refuse('DEFAULT_5XX', { status: 502 });
    else call.settle({ ...answer, headers: [['x-amzn-RequestId', call.id], ...answer.headers] });
    return SETTLED;
  }

  #answer(request: OfflineRequest): void {
    const call = this.#callOf(request);
    if (call.answer === undefined) refuseAs(call, statusOf(request));
    if (call.answer !== undefined) send(call.answer, request.raw.req, request.raw.res);
    this.#calls.delete(call.id);
  }

  #callOf(request: OfflineRequest): Call {
    const call = this.#requests.get(request) ?? new Call(randomUUID(), this.#service, request.raw.req);
    this.#requests.set(request, call);
    return call;
  }
}

const statusOf = ({ response }: OfflineRequest): number =>
  response?.output?.statusCode ?? response?.statusCode ?? 500;

/** Answers what no function was asked for: the server found no route, or could not take the request. */
function refuseAs(call: Call, status: number): void {
  // To a preflight that has no route the server says something of its own.
  const isPreflight = call.method === 'OPTIONS' && status < 400;
  if (status === 404 || isPreflight) call.refuse('MISSING_AUTHENTICATION_TOKEN');
  else if (status === 413) call.refuse('REQUEST_TOO_LARGE');
  else if (status >= 400 && status < 500) call.refuse('DEFAULT_4XX', { status });
  else call.refuse('DEFAULT_5XX', { status: 500 });
}
