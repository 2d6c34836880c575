import * as v from 'valibot';
import { authorizationPrefixes, http, lambdaHandler, tokenRevoker } from '../lib/container.ts';
import { findToken } from '../lib/http/credentials.ts';
import { readFields, textFields } from '../lib/http/fields.ts';
import { json } from '../lib/http/responses.ts';
import type { PublicRoute } from '../lib/http/route.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { TokenRevoker } from '../lib/sessions/token-revoker.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly revoker: TokenRevoker;
  /** Accepted prefixes of the token in `Authorization`. */
  readonly prefixes: readonly string[];
}

const tokenFields = textFields({ token: 'trimmed' });

export const route = {
  name: 'revoke',
  access: 'public',
  failures: 'extension',
  operations: {
    POST: {
      body: v.partial(tokenFields),
      headers: ['Authorization'],
      returns: v.strictObject({}),
    },
  },
} satisfies PublicRoute;

/**
 * `POST /api/token/revoke/`: ends the session of the token in the body or, if the body has none, in `Authorization`. The
 * response to an invalid token is 200, too, because it has no session (RFC 7009 §2.2).
 */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(dependencies.http, route, async (request) => {
    const presented = findToken(request.header('Authorization'), dependencies.prefixes);
    const token =
      presented === undefined
        ? readFields(request.body, tokenFields).token
        : (readFields(request.body, route.operations.POST.body).token ?? presented);
    request.record.userId = await dependencies.revoker.revoke(token);
    return json(200, {});
  });

export const handler = lambdaHandler(() =>
  createHandler({ http: http(), revoker: tokenRevoker(), prefixes: authorizationPrefixes() }),
);
