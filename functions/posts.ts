import { http, lambdaHandler, posts } from '../lib/container.ts';
import { listResponse } from '../lib/http/list-response.ts';
import { createProtectedHandler } from '../lib/http/protected-handler.ts';
import type { HttpDependencies } from '../lib/http/stack.ts';
import type { PublishedPosts } from '../lib/posts/published-posts.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly posts: PublishedPosts;
}

/** `GET /api/blog/posts/`: returns the published posts, newest first. */
export const createHandler = (dependencies: Dependencies) =>
  createProtectedHandler(
    dependencies.http,
    { name: 'posts', methods: ['GET'], failures: 'protected' },
    async (request) => {
      const { posts, next } = await dependencies.posts.page(request.query);
      return listResponse(request, posts, next);
    },
  );

export const handler = lambdaHandler(() => createHandler({ http: http(), posts: posts() }));
