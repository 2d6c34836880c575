import middy from '@middy/core';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import type { Clock } from '../clock.ts';
import { UnavailableError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Principal } from '../sessions/token-validity.ts';
import { allowedMethods } from './allowed-methods.ts';
import { bodyParser } from './body-parser.ts';
import type { TrustedProxy } from './client-address.ts';
import { cors } from './cors.ts';
import { invocationLog } from './invocation-log.ts';
import { principalOf } from './principal.ts';
import { type HttpRequest, readRequest } from './request.ts';
import { responseHeaders } from './response-headers.ts';
import { errorResponse, type HttpResponse } from './responses.ts';
import type { ProtectedRoute, PublicRoute, Route } from './route.ts';

export interface HttpDependencies {
  readonly logger: Logger;
  /** Origins that browser apps may call from, or `*`; empty for none. */
  readonly allowedOrigins: readonly string[];
  /** Request headers that a browser app may send besides the usual ones. */
  readonly allowedHeaders?: readonly string[];
  /** The proxy whose header states the address of the client. */
  readonly trustedProxy?: TrustedProxy | undefined;
  readonly clock?: Clock;
}

/** How long before the function's timeout the stack responds with an error, in milliseconds. */
const TIMEOUT_MARGIN_MS = 100;

type HttpHandler = (event: unknown, context: Context) => Promise<APIGatewayProxyResult>;

/** Creates the Lambda handler of a route that requires no token. */
export const createHttpHandler = (
  dependencies: HttpDependencies,
  route: PublicRoute,
  handle: (request: HttpRequest) => Promise<HttpResponse>,
): HttpHandler => createHandler(dependencies, route, handle);

/**
 * Creates the Lambda handler of a route that requires a token. Passes the authorized caller to the function and logs the
 * caller's id. A request without an authorizer context gets a 500 and does not reach the function.
 */
export const createProtectedHandler = (
  dependencies: HttpDependencies,
  route: ProtectedRoute,
  handle: (request: HttpRequest, caller: Principal) => Promise<HttpResponse>,
): HttpHandler =>
  createHandler(dependencies, route, async (request) => {
    const caller = principalOf(request);
    request.record.userId = caller.userId;
    return handle(request, caller);
  });

/**
 * Creates a Lambda handler from a function: parses bodies as Django REST framework does, converts thrown errors into
 * responses, and writes one log line per invocation.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
function createHandler(
  { logger, allowedOrigins, allowedHeaders = [], trustedProxy, clock = Date.now }: HttpDependencies,
  route: Route,
  handle: (request: HttpRequest) => Promise<HttpResponse>,
): HttpHandler {
  const stack = middy<HttpRequest, HttpResponse>({
    timeoutEarlyInMillis: TIMEOUT_MARGIN_MS,
    timeoutEarlyResponse: () => {
      throw new UnavailableError({ cause: new Error('the invocation reached its timeout') });
    },
  });
  // `before` runs downwards, `after` and `onError` upwards: middleware that decorates responses is registered before what
  // creates them.
  stack.use(invocationLog({ logger, route: route.name, clock }));
  stack.use(responseHeaders());
  const methods = Object.keys(route.operations);
  stack.use(cors({ allowedOrigins, allowedHeaders, methods }));
  stack.use(allowedMethods(methods));
  stack.use({
    onError: (exchange) => {
      exchange.response = errorResponse(exchange.error, route.failures, exchange.event.id);
    },
  });
  stack.use(bodyParser());
  stack.handler(async (request: HttpRequest) =>
    request.method === 'OPTIONS' ? { status: 204 } : handle(request),
  );
  return async (event, context) => {
    const request = readRequest(event, context, clock(), trustedProxy);
    if (request === undefined) {
      logger.info({ request_id: context.awsRequestId, route: route.name, outcome: 'not_a_request' });
      return { statusCode: 400, headers: {}, body: '' };
    }
    const { status, headers, body = '', isBase64Encoded } = await stack(request, context);
    return {
      statusCode: status,
      headers: { ...headers },
      // The response to HEAD is that to GET, without the body (RFC 9110 §9.3.2).
      body: request.method === 'HEAD' ? '' : body,
      ...(isBase64Encoded && { isBase64Encoded }),
    };
  };
}
