import { authorizationPrefixes, lambdaHandler, logger, tokenAuthenticator } from '../lib/container.ts';
import { type AuthorizerDependencies, createAuthorizer } from '../lib/http/authorizer.ts';
import { parseAuthorization } from '../lib/http/credentials.ts';
import { contextOf } from '../lib/http/principal.ts';
import type { TokenAuthenticator } from '../lib/sessions/token-authenticator.ts';

export interface Dependencies extends AuthorizerDependencies {
  readonly authenticator: TokenAuthenticator;
  /** Accepted prefixes of the token. */
  readonly prefixes: readonly string[];
}

/** The authorizer of every protected route: allows callers with a valid token. */
export const createHandler = (dependencies: Dependencies) =>
  createAuthorizer(dependencies, async (authorization, record) => {
    const token = parseAuthorization(authorization, dependencies.prefixes);
    const { principal } = await dependencies.authenticator.authenticate(token);
    record.userId = principal.userId;
    return { principalId: String(principal.userId), context: contextOf(principal) };
  });

export const handler = lambdaHandler(() =>
  createHandler({ logger: logger(), authenticator: tokenAuthenticator(), prefixes: authorizationPrefixes() }),
);
