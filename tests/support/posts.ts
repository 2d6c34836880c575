import type { Post } from '../../lib/posts/post.ts';

/** Returns a published post with the given fields and defaults for the others. */
export const postOf = (given: Partial<Post> & Pick<Post, 'pk'>): Post => ({
  author: 1,
  title: `Post ${given.pk}`,
  content: 'What is in it',
  createdAt: '2019-06-04T15:00:01',
  updatedAt: '2019-06-04T15:00:01',
  publishedAt: '2019-06-04T15:00:01',
  ...given,
});
