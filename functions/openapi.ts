import * as v from 'valibot';
import description from '../docs/openapi.json' with { type: 'json' };
import { http, plainHandler } from '../lib/container.ts';
import { conditionalResponse, etagOf } from '../lib/http/conditional-response.ts';
import type { PublicRoute } from '../lib/http/route.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  /** The description of the API, in JSON. */
  readonly description: string;
}

/** How long a client uses the description without asking for a new one, in seconds. */
const MAX_AGE_S = 300;

export const route = {
  name: 'openapi',
  access: 'public',
  failures: 'extension',
  operations: {
    GET: { headers: ['If-None-Match'], returns: v.looseObject({ openapi: v.string() }) },
  },
} satisfies PublicRoute;

/** `GET /api/openapi.json`: returns the description of the API, which `npm run openapi` generates. */
export function createHandler(dependencies: Dependencies) {
  const representation = {
    body: dependencies.description,
    type: 'application/json',
    headers: {
      ETag: etagOf(dependencies.description),
      'Cache-Control': `public, max-age=${MAX_AGE_S}`,
    },
  };
  return createHttpHandler(dependencies.http, route, async (request) =>
    conditionalResponse(request, representation),
  );
}

export const handler = plainHandler(() =>
  createHandler({ http: http(), description: JSON.stringify(description) }),
);
