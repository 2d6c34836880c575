import { authentication, deferred, http } from '../lib/container.ts';
import { tokenAnswer } from '../lib/http/answers.ts';
import { readFields } from '../lib/http/fields.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { VerifiedToken } from '../lib/tokens/tokens.ts';
import type { Authentication } from '../lib/users/authentication.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly authentication: Authentication<VerifiedToken>;
}

/** `POST /api/token/verify/`: the token itself, if it is valid now. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'verify', methods: ['POST'], failures: 'token' },
    async (request) => {
      const { token } = readFields(request.body, { token: 'trimmed' });
      const { account } = await dependencies.authentication.authenticate(token);
      request.record.userId = account.id;
      return tokenAnswer(token);
    },
  );

export const handler = deferred(() => createHandler({ http: http(), authentication: authentication() }));
