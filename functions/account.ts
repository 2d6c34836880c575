import { http, lambdaHandler, ownAccount } from '../lib/container.ts';
import { json } from '../lib/http/answers.ts';
import { createProtectedHandler } from '../lib/http/protected-handler.ts';
import type { HttpDependencies } from '../lib/http/stack.ts';
import type { OwnAccount } from '../lib/users/own-account.ts';
import type { Profile } from '../lib/users/user.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly account: OwnAccount;
}

/** `GET /api/account/`: who the caller is. */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(
    dependencies.http,
    { name: 'account', methods: ['GET'], failures: 'own' },
    async (_request, caller) => {
      return json(200, serialise(await dependencies.account.find(caller)));
    },
  );

const serialise = ({ id, username, email, firstName, lastName, dateJoined }: Profile) => ({
  id,
  username,
  email,
  first_name: firstName,
  last_name: lastName,
  date_joined: dateJoined,
});

export const handler = lambdaHandler(() => createHandler({ http: http(), account: ownAccount() }));
