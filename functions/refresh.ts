import { authentication, deferred, http, tokens } from '../lib/container.ts';
import { tokenAnswer } from '../lib/http/answers.ts';
import { readFields } from '../lib/http/fields.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { Tokens, VerifiedToken } from '../lib/tokens/tokens.ts';
import type { Authentication } from '../lib/users/authentication.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly authentication: Authentication<VerifiedToken>;
  readonly tokens: Tokens;
}

/** `POST /api/token/refresh/`: a token that lives on, for one that is valid now. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'refresh', methods: ['POST'], failures: 'token' },
    async (request) => {
      const { token } = readFields(request.body, { token: 'trimmed' });
      const { verified, account } = await dependencies.authentication.authenticate(token);
      request.record.userId = account.id;
      return tokenAnswer(await dependencies.tokens.refresh(verified, account));
    },
  );

export const handler = deferred(() =>
  createHandler({ http: http(), authentication: authentication(), tokens: tokens() }),
);
