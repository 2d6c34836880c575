import { serialiseDatetime } from './datetime.ts';
import type { Post } from './post.ts';

/**
 * Serialises a post as Django's JSON serialiser does, with the members in the same order.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/serialization/#serialization-formats-json
 */
export const serialisePost = (post: Post) => ({
  model: 'blog.post',
  pk: post.pk,
  fields: {
    author: post.author,
    title: post.title,
    content: post.content,
    created_at: serialiseDatetime(post.createdAt),
    updated_at: serialiseDatetime(post.updatedAt),
    published_at: post.publishedAt === null ? null : serialiseDatetime(post.publishedAt),
  },
});
