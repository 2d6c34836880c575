import { http, lambdaHandler, passwordChange } from '../lib/container.ts';
import { readFields } from '../lib/http/fields.ts';
import { createProtectedHandler } from '../lib/http/protected-handler.ts';
import type { HttpDependencies } from '../lib/http/stack.ts';
import type { PasswordChange } from '../lib/users/password-change.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly passwordChange: PasswordChange;
}

/** `POST /api/account/password/`: changes the caller's password and ends all other sessions. */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(
    dependencies.http,
    { name: 'password', methods: ['POST'], failures: 'extension' },
    async (request, caller) => {
      const fields = readFields(request.body, { current_password: 'verbatim', new_password: 'verbatim' });
      const { current_password: current, new_password: replacement } = fields;
      await dependencies.passwordChange.change(caller, { current, replacement }, request.client);
      return { status: 204 };
    },
  );

export const handler = lambdaHandler(() => createHandler({ http: http(), passwordChange: passwordChange() }));
