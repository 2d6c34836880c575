import { http, lambdaHandler, responseUsers, tokenAuthenticator } from '../lib/container.ts';
import { TOKEN_ERRORS } from '../lib/errors.ts';
import { readFields, textFields } from '../lib/http/fields.ts';
import { tokenBody, tokenResponse } from '../lib/http/responses.ts';
import type { PublicRoute } from '../lib/http/route.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { TokenAuthenticator } from '../lib/sessions/token-authenticator.ts';
import type { AccountService } from '../lib/users/account-service.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly authenticator: TokenAuthenticator;
  /** Reads the user for the response; undefined if the response does not include it. */
  readonly responseUsers: AccountService | undefined;
}

export const route = {
  name: 'verify',
  access: 'public',
  failures: 'token',
  operations: {
    POST: {
      body: textFields({ token: 'trimmed' }),
      returns: tokenBody,
      errors: TOKEN_ERRORS,
    },
  },
} satisfies PublicRoute;

/** `POST /api/token/verify/`: returns the token if it is valid. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(dependencies.http, route, async (request) => {
    const { token } = readFields(request.body, route.operations.POST.body);
    const { principal } = await dependencies.authenticator.authenticate(token);
    request.record.userId = principal.userId;
    return tokenResponse(token, await dependencies.responseUsers?.getProfile(principal));
  });

export const handler = lambdaHandler(() =>
  createHandler({ http: http(), authenticator: tokenAuthenticator(), responseUsers: responseUsers() }),
);
