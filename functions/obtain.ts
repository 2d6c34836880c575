import { http, lambdaHandler, login } from '../lib/container.ts';
import { tokenAnswer } from '../lib/http/answers.ts';
import { readFields } from '../lib/http/fields.ts';
import { idempotencyKeyOf } from '../lib/http/idempotency-key.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { Login } from '../lib/users/login.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly login: Login;
}

/** `POST /api/token/`: a username and a password in, a token out. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'obtain', methods: ['POST'], failures: 'token' },
    async (request) => {
      const credentials = readFields(request.body, { username: 'trimmed', password: 'verbatim' });
      const client = { ...request.client, idempotencyKey: idempotencyKeyOf(request) };
      const { token, account, upgrade } = await dependencies.login.login(credentials, client);
      request.record.userId = account.id;
      request.record.passwordUpgrade = upgrade;
      return tokenAnswer(token);
    },
  );

export const handler = lambdaHandler(() => createHandler({ http: http(), login: login() }));
