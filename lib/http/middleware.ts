import type { Answer } from './answers.ts';
import type { HttpRequest } from './request.ts';

/** The state of one invocation. middy calls the request `event`. */
export interface Exchange {
  readonly event: HttpRequest;
  response: Answer | null;
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

/** Changes each response, whether it comes from a handler or from an error. */
export function onEveryAnswer(change: (answer: Answer, request: HttpRequest) => Answer): Middleware {
  const finish: Step = (exchange) => {
    if (exchange.response) exchange.response = change(exchange.response, exchange.event);
  };
  return { after: finish, onError: finish };
}
