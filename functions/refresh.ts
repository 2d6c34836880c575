import { http, lambdaHandler, responseUsers, tokenRefresher } from '../lib/container.ts';
import { readFields } from '../lib/http/fields.ts';
import { idempotencyKeyOf } from '../lib/http/idempotency-key.ts';
import { tokenResponse } from '../lib/http/responses.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { TokenRefresher } from '../lib/sessions/token-refresher.ts';
import type { AccountService } from '../lib/users/account-service.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly refresher: TokenRefresher;
  /** Reads the user for the response; undefined if the response does not include it. */
  readonly responseUsers: AccountService | undefined;
}

/** `POST /api/token/refresh/`: exchanges a valid token for its successor. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'refresh', methods: ['POST'], failures: 'token' },
    async (request) => {
      const { token } = readFields(request.body, { token: 'trimmed' });
      const client = { ...request.client, idempotencyKey: idempotencyKeyOf(request) };
      const successor = await dependencies.refresher.refresh(token, client);
      request.record.userId = successor.userId;
      return tokenResponse(successor.token, await dependencies.responseUsers?.getProfile(successor));
    },
  );

export const handler = lambdaHandler(() =>
  createHandler({ http: http(), refresher: tokenRefresher(), responseUsers: responseUsers() }),
);
