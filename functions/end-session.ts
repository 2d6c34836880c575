import { http, lambdaHandler, sessionService } from '../lib/container.ts';
import type { ProtectedRoute } from '../lib/http/route.ts';
import { createProtectedHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { SessionService } from '../lib/sessions/session-service.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly sessions: SessionService;
}

export const route = {
  name: 'session',
  access: 'protected',
  failures: 'extension',
  operations: { DELETE: { errors: ['not_found'] } },
} satisfies ProtectedRoute;

/** `DELETE /api/sessions/{sid}/`: ends one of the caller's sessions. */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(dependencies.http, route, async (request, caller) => {
    await dependencies.sessions.end(caller, request.path.sid ?? '');
    return { status: 204 };
  });

export const handler = lambdaHandler(() => createHandler({ http: http(), sessions: sessionService() }));
