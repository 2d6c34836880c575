import type { Answer } from './answers.ts';
import type { HttpRequest } from './request.ts';

/** What the middlewares of one invocation share; middy calls the request its event. */
export interface Exchange {
  readonly event: HttpRequest;
  response: Answer | null;
  /** Whatever was thrown. */
  error: unknown;
}

type Step = (exchange: Exchange) => void | Promise<void>;

/** One step of the stack: on the way to the handler, on the way back, and on the way back from an error. */
export interface Middleware {
  readonly before?: Step;
  readonly after?: Step;
  readonly onError?: Step;
}

/** Works on an answer whether a handler gave it or an error became it. */
export function onEveryAnswer(change: (answer: Answer, request: HttpRequest) => Answer): Middleware {
  const finish: Step = (exchange) => {
    if (exchange.response) exchange.response = change(exchange.response, exchange.event);
  };
  return { after: finish, onError: finish };
}
