import { accountService, http, lambdaHandler } from '../lib/container.ts';
import { createProtectedHandler } from '../lib/http/protected-handler.ts';
import { json } from '../lib/http/responses.ts';
import type { HttpDependencies } from '../lib/http/stack.ts';
import type { AccountService } from '../lib/users/account-service.ts';
import type { Profile } from '../lib/users/user.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly account: AccountService;
}

/** `GET /api/account/`: returns the profile of the caller. */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(
    dependencies.http,
    { name: 'account', methods: ['GET'], failures: 'extension' },
    async (_request, caller) => {
      return json(200, serialize(await dependencies.account.getProfile(caller)));
    },
  );

const serialize = ({ id, username, email, firstName, lastName, dateJoined }: Profile) => ({
  id,
  username,
  email,
  first_name: firstName,
  last_name: lastName,
  date_joined: dateJoined,
});

export const handler = lambdaHandler(() => createHandler({ http: http(), account: accountService() }));
