import { http, lambdaHandler, ownAccount } from '../lib/container.ts';
import { json } from '../lib/http/answers.ts';
import { principalOf } from '../lib/http/principal.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { OwnAccount } from '../lib/users/own-account.ts';
import type { Profile } from '../lib/users/user.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly account: OwnAccount;
}

/** `GET /api/account/`: who the caller is. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'account', methods: ['GET'], failures: 'own' },
    async (request) => {
      const caller = principalOf(request);
      request.record.userId = caller.userId;
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
