import { http, lambdaHandler, tokenRefresher } from '../lib/container.ts';
import { tokenAnswer } from '../lib/http/answers.ts';
import { readFields } from '../lib/http/fields.ts';
import { idempotencyKeyOf } from '../lib/http/idempotency-key.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { TokenRefresher } from '../lib/sessions/token-refresher.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly refresher: TokenRefresher;
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
      return tokenAnswer(successor.token);
    },
  );

export const handler = lambdaHandler(() => createHandler({ http: http(), refresher: tokenRefresher() }));
