import { http, lambdaHandler, sessionService } from '../lib/container.ts';
import { createProtectedHandler } from '../lib/http/protected-handler.ts';
import { readFlag } from '../lib/http/query.ts';
import { json } from '../lib/http/responses.ts';
import type { HttpDependencies } from '../lib/http/stack.ts';
import type { ListedSession, SessionService } from '../lib/sessions/session-service.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly sessions: SessionService;
}

/**
 * `GET /api/sessions/`: lists the caller's sessions. `DELETE` ends all others, and with `?current=true` the caller's
 * too.
 */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(
    dependencies.http,
    { name: 'sessions', methods: ['GET', 'DELETE'], failures: 'extension' },
    async (request, caller) => {
      const { sessions } = dependencies;
      if (request.method !== 'DELETE') return json(200, (await sessions.list(caller)).map(serialize));
      if (readFlag(request.query, 'current')) await sessions.endAll(caller);
      else await sessions.endOthers(caller);
      return { status: 204 };
    },
  );

const serialize = ({ sid, label, address, createdAt, refreshedAt, isCurrent }: ListedSession) => ({
  id: sid,
  device: label ?? null,
  address: address ?? null,
  created_at: new Date(createdAt).toISOString(),
  refreshed_at: new Date(refreshedAt).toISOString(),
  current: isCurrent,
});

export const handler = lambdaHandler(() => createHandler({ http: http(), sessions: sessionService() }));
