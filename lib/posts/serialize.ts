import { serializeDatetime } from './datetime.ts';
import type { Post } from './post.ts';

/**
 * Serializes a post as Django's JSON serializer does, with the members in the same order.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/serialization/#serialization-formats-json
 */
export const serializePost = (post: Post) => ({
  model: 'blog.post',
  pk: post.pk,
  fields: {
    author: post.author,
    title: post.title,
    content: post.content,
    created_at: serializeDatetime(post.createdAt),
    updated_at: serializeDatetime(post.updatedAt),
    published_at: post.publishedAt === null ? null : serializeDatetime(post.publishedAt),
  },
});
