import { http, lambdaHandler, sessionService } from '../lib/container.ts';
import { createProtectedHandler } from '../lib/http/protected-handler.ts';
import type { HttpDependencies } from '../lib/http/stack.ts';
import type { SessionService } from '../lib/sessions/session-service.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly sessions: SessionService;
}

/** `DELETE /api/sessions/{sid}/`: ends one of the caller's sessions. */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(
    dependencies.http,
    { name: 'session', methods: ['DELETE'], failures: 'extension' },
    async (request, caller) => {
      await dependencies.sessions.end(caller, request.path.sid ?? '');
      return { status: 204 };
    },
  );

export const handler = lambdaHandler(() => createHandler({ http: http(), sessions: sessionService() }));
