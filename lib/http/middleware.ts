import type { HttpRequest } from './request.ts';
import type { HttpResponse } from './responses.ts';

/** The state of one invocation. middy calls the request `event`. */
export interface Exchange {
  readonly event: HttpRequest;
  response: HttpResponse | null;
  /** The thrown value. */
  error: unknown;
}

type Step = (exchange: Exchange) => void | Promise<void>;

/** Steps before the handler, after it, and after an error. */
export interface Middleware {
  readonly before?: Step;
  readonly after?: Step;
  readonly onError?: Step;
}

/** Creates a middleware that changes each response, of a handler or of an error. */
export function onEveryResponse(
  change: (response: HttpResponse, request: HttpRequest) => HttpResponse,
): Middleware {
  const finish: Step = (exchange) => {
    if (exchange.response) exchange.response = change(exchange.response, exchange.event);
  };
  return { after: finish, onError: finish };
}
