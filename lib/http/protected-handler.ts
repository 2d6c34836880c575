import type { Principal } from '../sessions/token-validity.ts';
import { principalOf } from './principal.ts';
import type { HttpRequest } from './request.ts';
import type { HttpResponse } from './responses.ts';
import { createHttpHandler, type HttpDependencies, type Route } from './stack.ts';

/**
 * Creates the Lambda handler of a route that requires a token. Passes the authorized caller to the function and logs the
 * caller's id. A request without an authorizer context gets a 500 and does not reach the function.
 */
export const createProtectedHandler = (
  dependencies: HttpDependencies,
  route: Route,
  handle: (request: HttpRequest, caller: Principal) => Promise<HttpResponse>,
) =>
  createHttpHandler(dependencies, route, async (request) => {
    const caller = principalOf(request);
    request.record.userId = caller.userId;
    return handle(request, caller);
  });
