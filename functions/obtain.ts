import { authorizationPrefixes, hasResponseUser, http, lambdaHandler, login } from '../lib/container.ts';
import { findToken } from '../lib/http/credentials.ts';
import { readFields, textFields } from '../lib/http/fields.ts';
import { tokenBody, tokenResponse } from '../lib/http/responses.ts';
import type { PublicRoute } from '../lib/http/route.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { Login } from '../lib/users/login.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly login: Login;
  /** Accepted prefixes of the token from an earlier login. */
  readonly prefixes: readonly string[];
  /** Whether the response includes the user. */
  readonly hasUser: boolean;
}

export const route = {
  name: 'obtain',
  access: 'public',
  failures: 'token',
  operations: {
    POST: {
      body: textFields({ username: 'trimmed', password: 'verbatim' }),
      headers: ['Authorization', 'Idempotency-Key', 'Latchkey-Device'],
      returns: tokenBody,
      errors: ['login_refused', 'throttled'],
    },
  },
} satisfies PublicRoute;

/**
 * `POST /api/token/`: exchanges a username and a password for a token. A client that sends a token from an earlier
 * login in `Authorization` is exempt from limits that other clients have exhausted.
 */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(dependencies.http, route, async (request) => {
    const credentials = readFields(request.body, route.operations.POST.body);
    const presented = findToken(request.header('Authorization'), dependencies.prefixes);
    const { token, account, upgrade } = await dependencies.login.login(
      credentials,
      request.client,
      presented,
    );
    request.record.userId = account.id;
    request.record.passwordUpgrade = upgrade;
    return tokenResponse(token, dependencies.hasUser ? account : undefined);
  });

export const handler = lambdaHandler(() =>
  createHandler({
    http: http(),
    login: login(),
    prefixes: authorizationPrefixes(),
    hasUser: hasResponseUser(),
  }),
);
