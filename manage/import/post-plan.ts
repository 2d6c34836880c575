import { isDeepStrictEqual } from 'node:util';
import type { PostRecord } from '../../lib/django/records.ts';
import type { StoredPost } from '../../lib/dynamodb/post-imports.ts';
import { parseDatetime } from '../../lib/posts/datetime.ts';
import type { Post } from '../../lib/posts/post.ts';

/** How the posts of a dump change the table. */
export interface PostPlan {
  readonly created: readonly Post[];
  readonly updated: readonly Post[];
  /** Created posts whose pk belongs to a post created here, or whose pk a command may use at the same time. */
  readonly contested: readonly Post[];
}

/**
 * Plans the import of posts, by the rules of docs/decisions/001-imported-and-local-records.md. Reads and writes nothing.
 *
 * @param stored the posts with the same pks, as the table contains them
 * @param lastPkBefore the highest pk that may have been assigned before this import reserved its own
 */
export function planPosts(
  posts: readonly Post[],
  stored: ReadonlyMap<number, StoredPost>,
  lastPkBefore: number,
): PostPlan {
  const changed = posts.filter((post) => !isDeepStrictEqual(post, stored.get(post.pk)?.post));
  const created = changed.filter((post) => isNew(post, stored.get(post.pk)));
  const contested = created.filter(({ pk }) => stored.has(pk) || pk <= lastPkBefore);
  return {
    created: created.filter((post) => !contested.includes(post)),
    updated: changed.filter((post) => !created.includes(post)),
    contested,
  };
}

/**
 * Returns whether a record is not stored yet: its pk is free, or belongs to a post created here. A post with the same
 * `created_at` is the record itself, which was exported from here.
 */
export const isNew = (record: Post, stored: StoredPost | undefined): boolean =>
  stored === undefined || (stored.isMadeHere && instantOf(stored.post) !== instantOf(record));

const instantOf = ({ createdAt }: Post): string | undefined => parseDatetime(createdAt)?.instant;

/** Returns the post of a record. */
export const postOf = ({ fields }: PostRecord, pk: number, author: number): Post => ({
  pk,
  author,
  title: fields.title,
  content: fields.content,
  createdAt: fields.created_at,
  updatedAt: fields.updated_at,
  publishedAt: fields.published_at,
});
