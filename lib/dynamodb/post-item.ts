import * as v from 'valibot';
import { positionOf, toSortKey } from '../posts/order.ts';
import type { Post } from '../posts/post.ts';
import { parseItem } from './items.ts';
import { PUBLISHED, postKey } from './keys.ts';

const postSchema = v.object({
  post_id: v.number(),
  author: v.number(),
  title: v.string(),
  content: v.string(),
  created_at: v.string(),
  updated_at: v.string(),
  published_at: v.nullable(v.string()),
});

/** The attributes from which {@link readPost} reads a post. */
export const POST_ATTRIBUTES: readonly string[] = Object.keys(postSchema.entries);

/** @throws {InternalError} */
export function readPost(item: unknown): Post {
  const parsed = parseItem(postSchema, item);
  return {
    pk: parsed.post_id,
    author: parsed.author,
    title: parsed.title,
    content: parsed.content,
    createdAt: parsed.created_at,
    updatedAt: parsed.updated_at,
    publishedAt: parsed.published_at,
  };
}

/** Returns the attributes of a post. Only a published post has the attributes of the listing index. */
export function postAttributes(post: Post) {
  const position = positionOf(post);
  return {
    post_id: post.pk,
    author: post.author,
    title: post.title,
    content: post.content,
    created_at: post.createdAt,
    updated_at: post.updatedAt,
    published_at: post.publishedAt,
    ...(position && { listing: PUBLISHED, listing_order: toSortKey(position) }),
  };
}

export const postItem = (post: Post) => ({ ...postKey(post.pk), ...postAttributes(post) });
