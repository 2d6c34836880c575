import { http, lambdaHandler, ownSessions } from '../lib/container.ts';
import { principalOf } from '../lib/http/principal.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { OwnSessions } from '../lib/sessions/own-sessions.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly sessions: OwnSessions;
}

/** `DELETE /api/sessions/{sid}/`: ends one of the caller's sessions. */
export const createHandler = (dependencies: Dependencies) =>
  createHttpHandler(
    dependencies.http,
    { name: 'session', methods: ['DELETE'], failures: 'own' },
    async (request) => {
      const caller = principalOf(request);
      request.record.userId = caller.userId;
      await dependencies.sessions.end(caller, request.path.sid ?? '');
      return { status: 204 };
    },
  );

export const handler = lambdaHandler(() => createHandler({ http: http(), sessions: ownSessions() }));
