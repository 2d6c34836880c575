import { http, lambdaHandler, revocation } from '../lib/container.ts';
import { json } from '../lib/http/answers.ts';
import { readFields } from '../lib/http/fields.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { Revocation } from '../lib/sessions/revocation.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly revocation: Revocation;
}

/** `POST /api/token/revoke/`: ends the session of a token; what is no valid token has none, and that is fine. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'revoke', methods: ['POST'], failures: 'own' },
    async (request) => {
      const { token } = readFields(request.body, { token: 'trimmed' });
      request.record.userId = await dependencies.revocation.revoke(token);
      return json(200, {});
    },
  );

export const handler = lambdaHandler(() => createHandler({ http: http(), revocation: revocation() }));
