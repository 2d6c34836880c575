import { deferred, http, login, tokens } from '../lib/container.ts';
import { tokenAnswer } from '../lib/http/answers.ts';
import { readFields } from '../lib/http/fields.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { Tokens } from '../lib/tokens/tokens.ts';
import type { Login } from '../lib/users/login.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly login: Login;
  readonly tokens: Tokens;
}

/** `POST /api/token/`: a username and a password in, a token out. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'obtain', methods: ['POST'], failures: 'token' },
    async (request) => {
      const { username, password } = readFields(request.body, { username: 'trimmed', password: 'verbatim' });
      const { account, upgrade } = await dependencies.login.authenticate(username, password);
      request.record.userId = account.id;
      request.record.passwordUpgrade = upgrade;
      return tokenAnswer(await dependencies.tokens.issue(account));
    },
  );

export const handler = deferred(() => createHandler({ http: http(), login: login(), tokens: tokens() }));
