import * as v from 'valibot';
import { http, lambdaHandler, posts } from '../lib/container.ts';
import { LIST_TYPE, listResponse } from '../lib/http/list-response.ts';
import type { ProtectedRoute } from '../lib/http/route.ts';
import { createProtectedHandler, type HttpDependencies } from '../lib/http/stack.ts';
import { pageQuery } from '../lib/posts/paging.ts';
import type { PostPages } from '../lib/posts/published-posts.ts';
import { serializedPost } from '../lib/posts/serialize.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly posts: PostPages;
}

export const route = {
  name: 'posts',
  access: 'protected',
  failures: 'protected',
  operations: {
    GET: {
      query: pageQuery,
      headers: ['If-None-Match'],
      returns: v.array(serializedPost),
      type: LIST_TYPE,
    },
  },
} satisfies ProtectedRoute;

/** `GET /api/blog/posts/`: returns the published posts, newest first. */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(dependencies.http, route, async (request) => {
    const { posts, next } = await dependencies.posts.page(request.query);
    return listResponse(request, posts, next);
  });

export const handler = lambdaHandler(() => createHandler({ http: http(), posts: posts() }));
