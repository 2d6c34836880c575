import * as v from 'valibot';
import { http, lambdaHandler, sessionService } from '../lib/container.ts';
import { flag, readQuery } from '../lib/http/fields.ts';
import { json } from '../lib/http/responses.ts';
import type { ProtectedRoute } from '../lib/http/route.ts';
import { createProtectedHandler, type HttpDependencies } from '../lib/http/stack.ts';
import type { ListedSession, SessionService } from '../lib/sessions/session-service.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly sessions: SessionService;
}

const listedSession = v.pipe(
  v.strictObject({
    id: v.string(),
    device: v.nullable(v.string()),
    address: v.nullable(v.string()),
    created_at: v.pipe(v.string(), v.isoTimestamp()),
    refreshed_at: v.pipe(v.string(), v.isoTimestamp()),
    current: v.boolean(),
  }),
  v.title('Session'),
);

export const route = {
  name: 'sessions',
  access: 'protected',
  failures: 'extension',
  operations: {
    GET: { returns: v.array(listedSession) },
    DELETE: { query: v.object({ current: flag }) },
  },
} satisfies ProtectedRoute;

/**
 * `GET /api/sessions/`: lists the caller's sessions. `DELETE` ends all others, and with `?current=true` the caller's
 * too.
 */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(dependencies.http, route, async (request, caller) => {
    const { sessions } = dependencies;
    if (request.method !== 'DELETE') return json(200, (await sessions.list(caller)).map(serialize));
    const { current } = readQuery(request.query, route.operations.DELETE.query);
    if (current) await sessions.endAll(caller);
    else await sessions.endOthers(caller);
    return { status: 204 };
  });

const serialize = (session: ListedSession): v.InferOutput<typeof listedSession> => ({
  id: session.sid,
  device: session.label ?? null,
  address: session.address ?? null,
  created_at: new Date(session.createdAt).toISOString(),
  refreshed_at: new Date(session.refreshedAt).toISOString(),
  current: session.isCurrent,
});

export const handler = lambdaHandler(() => createHandler({ http: http(), sessions: sessionService() }));
