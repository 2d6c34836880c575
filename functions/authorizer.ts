import { admission, authorizationPrefixes, lambdaHandler, logger } from '../lib/container.ts';
import { type AuthorizerDependencies, createAuthorizer } from '../lib/http/authorizer.ts';
import { parseAuthorization } from '../lib/http/credentials.ts';
import { contextOf } from '../lib/http/principal.ts';
import type { Admission } from '../lib/sessions/admission.ts';

export interface Dependencies extends AuthorizerDependencies {
  readonly admission: Admission;
  /** Words that may stand before the token. */
  readonly prefixes: readonly string[];
}

/** The authorizer of every protected route: lets in whoever a valid token names. */
export const createHandler = (dependencies: Dependencies) =>
  createAuthorizer(dependencies, async (authorization, record) => {
    const token = parseAuthorization(authorization, dependencies.prefixes);
    const { presented } = await dependencies.admission.admit(token);
    record.userId = presented.userId;
    return { principalId: String(presented.userId), context: contextOf(presented) };
  });

export const handler = lambdaHandler(() =>
  createHandler({ logger: logger(), admission: admission(), prefixes: authorizationPrefixes() }),
);
