import middy from '@middy/core';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import type { Clock } from '../clock.ts';
import { UnavailableError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { allowedMethods } from './allowed-methods.ts';
import { bodyParser } from './body-parser.ts';
import type { TrustedProxy } from './client-address.ts';
import { cors } from './cors.ts';
import { invocationLog } from './invocation-log.ts';
import { type HttpRequest, readRequest } from './request.ts';
import { responseHeaders } from './response-headers.ts';
import { errorResponse, type HttpResponse } from './responses.ts';
import type { Route } from './route.ts';

export type { HttpRequest } from './request.ts';
export type { HttpResponse } from './responses.ts';
export type { Route } from './route.ts';

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

/**
 * Creates a Lambda handler from a function: parses bodies as Django REST framework does, converts thrown errors into
 * responses, and writes one log line per invocation.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function createHttpHandler(
  { logger, allowedOrigins, allowedHeaders = [], trustedProxy, clock = Date.now }: HttpDependencies,
  route: Route,
  handle: (request: HttpRequest) => Promise<HttpResponse>,
): (event: unknown, context: Context) => Promise<APIGatewayProxyResult> {
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
