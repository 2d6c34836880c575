import { route as account } from '../../functions/account.ts';
import { route as session } from '../../functions/end-session.ts';
import { route as obtain } from '../../functions/obtain.ts';
import { route as openapi } from '../../functions/openapi.ts';
import { route as password } from '../../functions/password.ts';
import { route as posts } from '../../functions/posts.ts';
import { route as refresh } from '../../functions/refresh.ts';
import { route as revoke } from '../../functions/revoke.ts';
import { route as sessions } from '../../functions/sessions.ts';
import { route as verify } from '../../functions/verify.ts';
import type { Route } from '../../lib/http/route.ts';
import type { FunctionName } from '../../lib/settings/details.ts';

/** The routes by function, in the order of the description. Does not compile unless it has every function of the API. */
export const ROUTES = {
  obtain,
  verify,
  refresh,
  revoke,
  posts,
  sessions,
  session,
  account,
  password,
  openapi,
} satisfies Readonly<Record<Exclude<FunctionName, 'authorizer' | 'docs'>, Route>>;

export type RouteName = keyof typeof ROUTES;
