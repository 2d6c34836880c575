import { http, lambdaHandler, passwordChange } from '../lib/container.ts';
import { readFields, textFields } from '../lib/http/fields.ts';
import type { ProtectedRoute } from '../lib/http/route.ts';
import { createProtectedHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { PasswordChange } from '../lib/users/password-change.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly passwordChange: PasswordChange;
}

export const route = {
  name: 'password',
  access: 'protected',
  failures: 'extension',
  operations: {
    POST: {
      body: textFields({ current_password: 'verbatim', new_password: 'verbatim' }),
      errors: ['throttled'],
    },
  },
} satisfies ProtectedRoute;

/** `POST /api/account/password/`: changes the caller's password and ends all other sessions. */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(dependencies.http, route, async (request, caller) => {
    const fields = readFields(request.body, route.operations.POST.body);
    const { current_password: current, new_password: replacement } = fields;
    await dependencies.passwordChange.change(caller, { current, replacement }, request.client);
    return { status: 204 };
  });

export const handler = lambdaHandler(() => createHandler({ http: http(), passwordChange: passwordChange() }));
