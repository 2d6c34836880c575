import type middy from '@middy/core';
import type { Answer } from './answers.ts';
import type { HttpRequest } from './request.ts';

/** One step of the stack: `event` is the request, `response` the answer, once there is one. */
export type Middleware = middy.MiddlewareObj<HttpRequest, Answer>;

/** Works on an answer whether a handler gave it or an error became it. */
export function onEveryAnswer(change: (answer: Answer, request: HttpRequest) => Answer): Middleware {
  const finish: NonNullable<Middleware['after']> = (request) => {
    if (request.response !== null) request.response = change(request.response, request.event);
  };
  return { after: finish, onError: finish };
}
