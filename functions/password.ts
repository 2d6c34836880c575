import { http, lambdaHandler, passwordChange } from '../lib/container.ts';
import { readFields } from '../lib/http/fields.ts';
import { principalOf } from '../lib/http/principal.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { PasswordChange } from '../lib/users/password-change.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly passwordChange: PasswordChange;
}

/** `POST /api/account/password/`: a new password for the current one; every other session ends. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'password', methods: ['POST'], failures: 'own' },
    async (request) => {
      const caller = principalOf(request);
      request.record.userId = caller.userId;
      const fields = readFields(request.body, { current_password: 'verbatim', new_password: 'verbatim' });
      const { current_password: current, new_password: replacement } = fields;
      await dependencies.passwordChange.change(caller, { current, replacement }, request.client);
      return { status: 204 };
    },
  );

export const handler = lambdaHandler(() => createHandler({ http: http(), passwordChange: passwordChange() }));
