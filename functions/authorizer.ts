import { authentication, authorizationPrefixes, deferred, logger } from '../lib/container.ts';
import { type AuthorizerDependencies, createAuthorizer } from '../lib/http/authorizer.ts';
import { parseAuthorization } from '../lib/http/credentials.ts';
import type { VerifiedToken } from '../lib/tokens/tokens.ts';
import type { Authentication } from '../lib/users/authentication.ts';

export interface Dependencies extends AuthorizerDependencies {
  readonly authentication: Authentication<VerifiedToken>;
  /** Words that may stand before the token. */
  readonly prefixes: readonly string[];
}

/** The authorizer of every protected route: lets in whoever a valid token names. */
export const createHandler = (dependencies: Dependencies) =>
  createAuthorizer(dependencies, async (authorization, record) => {
    const token = parseAuthorization(authorization, dependencies.prefixes);
    const { verified, account } = await dependencies.authentication.authenticate(token);
    record.userId = account.id;
    const { id, username } = account;
    const context = { user_id: id, username, exp: verified.validUntil };
    return { principalId: String(id), context };
  });

export const handler = deferred(() =>
  createHandler({
    logger: logger(),
    authentication: authentication(),
    prefixes: authorizationPrefixes(),
  }),
);
