import { http, lambdaHandler, sessionService } from '../lib/container.ts';
import { createProtectedHandler } from '../lib/http/protected-handler.ts';
import type { Route } from '../lib/http/route.ts';
import type { HttpDependencies } from '../lib/http/stack.ts';
import type { SessionService } from '../lib/sessions/session-service.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly sessions: SessionService;
}

export const route = {
  name: 'session',
  failures: 'extension',
  operations: { DELETE: { errors: ['not_found'] } },
} satisfies Route;

/** `DELETE /api/sessions/{sid}/`: ends one of the caller's sessions. */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(dependencies.http, route, async (request, caller) => {
    await dependencies.sessions.end(caller, request.path.sid ?? '');
    return { status: 204 };
  });

export const handler = lambdaHandler(() => createHandler({ http: http(), sessions: sessionService() }));
