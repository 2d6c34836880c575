import { http, lambdaHandler, tokenAuthenticator } from '../lib/container.ts';
import { tokenAnswer } from '../lib/http/answers.ts';
import { readFields } from '../lib/http/fields.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { TokenAuthenticator } from '../lib/sessions/token-authenticator.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly authenticator: TokenAuthenticator;
}

/** `POST /api/token/verify/`: returns the token if it is valid. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'verify', methods: ['POST'], failures: 'token' },
    async (request) => {
      const { token } = readFields(request.body, { token: 'trimmed' });
      const { account } = await dependencies.authenticator.authenticate(token);
      request.record.userId = account.id;
      return tokenAnswer(token);
    },
  );

export const handler = lambdaHandler(() =>
  createHandler({ http: http(), authenticator: tokenAuthenticator() }),
);
