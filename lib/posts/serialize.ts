import * as v from 'valibot';
import { serializeDatetime } from './datetime.ts';
import type { Post } from './post.ts';

/** A post in the list. */
export const serializedPost = v.pipe(
  v.strictObject({
    model: v.literal('blog.post'),
    pk: v.pipe(v.number(), v.integer()),
    fields: v.strictObject({
      author: v.pipe(v.number(), v.integer()),
      title: v.string(),
      content: v.string(),
      created_at: v.string(),
      updated_at: v.string(),
      published_at: v.nullable(v.string()),
    }),
  }),
  v.title('Post'),
);

/**
 * Serializes a post as Django's JSON serializer does, with the members in the same order.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/serialization/#serialization-formats-json
 */
export const serializePost = (post: Post): v.InferOutput<typeof serializedPost> => ({
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

/**
 * Writes a post as JSON with the same bytes as Django's JSON serializer: a space after each comma and colon.
 *
 * @see https://docs.python.org/3/library/json.html#json.dumps (`separators`, `ensure_ascii=False`)
 */
export function stringifyPost(post: Post): string {
  const { model, pk, fields } = serializePost(post);
  const members = Object.entries(fields).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`);
  return `{"model": "${model}", "pk": ${pk}, "fields": {${members.join(', ')}}}`;
}
