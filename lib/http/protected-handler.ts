import type { Principal } from '../sessions/token-validity.ts';
import type { Answer } from './answers.ts';
import { principalOf } from './principal.ts';
import type { HttpRequest } from './request.ts';
import { createHttpHandler, type HttpDependencies, type Route } from './stack.ts';

/**
 * Makes the Lambda handler of a route that requires a token. Passes the caller, whom the authorizer found, to the function,
 * and writes the caller's id to the log. A call that no authorizer has seen is answered with 500 and does not reach the
 * function.
 */
export const createProtectedHandler = (
  dependencies: HttpDependencies,
  route: Route,
  handle: (request: HttpRequest, caller: Principal) => Promise<Answer>,
) =>
  createHttpHandler(dependencies, route, async (request) => {
    const caller = principalOf(request);
    request.record.userId = caller.userId;
    return handle(request, caller);
  });
