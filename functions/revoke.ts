import { http, lambdaHandler, tokenRevoker } from '../lib/container.ts';
import { json } from '../lib/http/answers.ts';
import { readFields } from '../lib/http/fields.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { TokenRevoker } from '../lib/sessions/token-revoker.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly revoker: TokenRevoker;
}

/**
 * `POST /api/token/revoke/`: ends the session of a token. The response to an invalid token is 200, too, because it has
 * no session (RFC 7009 §2.2).
 */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'revoke', methods: ['POST'], failures: 'extension' },
    async (request) => {
      const { token } = readFields(request.body, { token: 'trimmed' });
      request.record.userId = await dependencies.revoker.revoke(token);
      return json(200, {});
    },
  );

export const handler = lambdaHandler(() => createHandler({ http: http(), revoker: tokenRevoker() }));
