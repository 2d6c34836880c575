import * as v from 'valibot';
import { InternalError } from '../errors.ts';
import { parseDatetime } from '../posts/datetime.ts';
import type { Post } from '../posts/post.ts';
import { parseItem } from './item.ts';
import { PUBLISHED } from './keys.ts';

const postSchema = v.object({
  post_id: v.number(),
  author: v.number(),
  title: v.string(),
  content: v.string(),
  created_at: v.string(),
  updated_at: v.string(),
  published_at: v.nullable(v.string()),
});

/** Digits of the largest pk there can be, 2^53 - 1. */
const PK_DIGITS = 16;

/**
 * The sort key of the listing index: the instant, then the pk turned round, so that reading backwards gives the
 * newest first and ties by ascending pk.
 *
 * @throws {InternalError} for a text that is no datetime
 */
export function listingOrder(publishedAt: string, pk: number): string {
  const instant = parseDatetime(publishedAt)?.instant;
  if (instant === undefined) throw new InternalError('a post has a published_at that is no datetime');
  return `${instant}#${String(Number.MAX_SAFE_INTEGER - pk).padStart(PK_DIGITS, '0')}`;
}

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

/** The attributes of a post; only a published one has those of the listing index. */
export const postAttributes = (post: Post) => ({
  post_id: post.pk,
  author: post.author,
  title: post.title,
  content: post.content,
  created_at: post.createdAt,
  updated_at: post.updatedAt,
  published_at: post.publishedAt,
  ...(post.publishedAt === null
    ? {}
    : { listing: PUBLISHED, listing_order: listingOrder(post.publishedAt, post.pk) }),
});
