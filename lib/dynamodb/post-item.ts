import * as v from 'valibot';
import { InternalError } from '../errors.ts';
import { parseDatetime } from '../posts/datetime.ts';
import type { ListedPost, Position, Post } from '../posts/post.ts';
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

const listedSchema = v.object({
  listing_order: v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}#\d{16}$/)),
});

/** What is read of an entry of the listing index. */
export const LISTED_ATTRIBUTES: readonly string[] = Object.keys({
  ...postSchema.entries,
  ...listedSchema.entries,
});

/** Digits of the largest pk there can be, 2^53 - 1. */
const PK_DIGITS = 16;

/**
 * The sort key of the listing index: the instant, then the pk turned round, so that reading backwards gives the
 * newest first and ties by ascending pk.
 */
export const listingOrder = ({ instant, pk }: Position): string =>
  `${instant}#${String(Number.MAX_SAFE_INTEGER - pk).padStart(PK_DIGITS, '0')}`;

/** @throws {InternalError} for a text that is no datetime */
function instantOf(publishedAt: string): string {
  const instant = parseDatetime(publishedAt)?.instant;
  if (instant === undefined) throw new InternalError('a post has a published_at that is no datetime');
  return instant;
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

/** Reads an entry of the listing index. @throws {InternalError} */
export function readListedPost(item: unknown): ListedPost {
  const post = readPost(item);
  const { listing_order } = parseItem(listedSchema, item);
  const instant = listing_order.slice(0, listing_order.indexOf('#'));
  return { post, position: { instant, pk: post.pk } };
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
    : {
        listing: PUBLISHED,
        listing_order: listingOrder({ instant: instantOf(post.publishedAt), pk: post.pk }),
      }),
});
