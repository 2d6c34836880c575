import { http, lambdaHandler, responseUsers, tokenAuthenticator } from '../lib/container.ts';
import { readFields } from '../lib/http/fields.ts';
import { tokenResponse } from '../lib/http/responses.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { TokenAuthenticator } from '../lib/sessions/token-authenticator.ts';
import type { AccountService } from '../lib/users/account-service.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly authenticator: TokenAuthenticator;
  /** Reads the user for the response; undefined if the response does not include it. */
  readonly responseUsers: AccountService | undefined;
}

/** `POST /api/token/verify/`: returns the token if it is valid. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'verify', methods: ['POST'], failures: 'token' },
    async (request) => {
      const { token } = readFields(request.body, { token: 'trimmed' });
      const { principal } = await dependencies.authenticator.authenticate(token);
      request.record.userId = principal.userId;
      return tokenResponse(token, await dependencies.responseUsers?.getProfile(principal));
    },
  );

export const handler = lambdaHandler(() =>
  createHandler({ http: http(), authenticator: tokenAuthenticator(), responseUsers: responseUsers() }),
);
