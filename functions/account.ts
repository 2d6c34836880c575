import * as v from 'valibot';
import { accountService, http, lambdaHandler } from '../lib/container.ts';
import { json } from '../lib/http/responses.ts';
import type { ProtectedRoute } from '../lib/http/route.ts';
import { createProtectedHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { AccountService } from '../lib/users/account-service.ts';
import type { Profile } from '../lib/users/user.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly account: AccountService;
}

const accountBody = v.pipe(
  v.strictObject({
    id: v.pipe(v.number(), v.integer()),
    username: v.string(),
    email: v.string(),
    first_name: v.string(),
    last_name: v.string(),
    date_joined: v.string(),
  }),
  v.title('Account'),
);

export const route = {
  name: 'account',
  access: 'protected',
  failures: 'extension',
  operations: { GET: { returns: accountBody } },
} satisfies ProtectedRoute;

/** `GET /api/account/`: returns the profile of the caller. */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(dependencies.http, route, async (_request, caller) => {
    return json(200, serialize(await dependencies.account.getProfile(caller)));
  });

const serialize = (profile: Profile): v.InferOutput<typeof accountBody> => ({
  id: profile.id,
  username: profile.username,
  email: profile.email,
  first_name: profile.firstName,
  last_name: profile.lastName,
  date_joined: profile.dateJoined,
});

export const handler = lambdaHandler(() => createHandler({ http: http(), account: accountService() }));
