import { http, lambdaHandler, responseUsers, tokenRefresher } from '../lib/container.ts';
import { REFRESH_ERRORS, TOKEN_ERRORS } from '../lib/errors.ts';
import { readFields, textFields } from '../lib/http/fields.ts';
import { tokenBody, tokenResponse } from '../lib/http/responses.ts';
import type { PublicRoute } from '../lib/http/route.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { TokenRefresher } from '../lib/sessions/token-refresher.ts';
import type { AccountService } from '../lib/users/account-service.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly refresher: TokenRefresher;
  /** Reads the user for the response; undefined if the response does not include it. */
  readonly responseUsers: AccountService | undefined;
}

export const route = {
  name: 'refresh',
  access: 'public',
  failures: 'token',
  operations: {
    POST: {
      body: textFields({ token: 'trimmed' }),
      headers: ['Idempotency-Key', 'Latchkey-Device'],
      returns: tokenBody,
      errors: [...TOKEN_ERRORS, ...REFRESH_ERRORS],
    },
  },
} satisfies PublicRoute;

/** `POST /api/token/refresh/`: exchanges a valid token for its successor. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(dependencies.http, route, async (request) => {
    const { token } = readFields(request.body, route.operations.POST.body);
    const successor = await dependencies.refresher.refresh(token, request.client);
    request.record.userId = successor.userId;
    return tokenResponse(successor.token, await dependencies.responseUsers?.getProfile(successor));
  });

export const handler = lambdaHandler(() =>
  createHandler({ http: http(), refresher: tokenRefresher(), responseUsers: responseUsers() }),
);
