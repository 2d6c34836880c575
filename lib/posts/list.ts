import type { Position, PostListing } from './post.ts';
import { type SerialisedPost, serialisePost } from './serialise.ts';

/**
 * A Lambda answer holds 6 MB, in which the body is a JSON string once more.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_BYTES = 5_000_000;

export interface PostList {
  readonly posts: readonly SerialisedPost[];
  /** Where the list goes on, if it does. */
  readonly next: Position | undefined;
}

/**
 * Lists published posts, newest first: `limit` of them, or all, and in either case no more than one answer holds.
 * A post that is larger than an answer on its own is listed alone.
 *
 * @throws {UnavailableError}
 */
export async function listPosts(
  listing: PostListing,
  { after, limit = Number.POSITIVE_INFINITY }: { after?: Position | undefined; limit?: number | undefined },
): Promise<PostList> {
  const posts: SerialisedPost[] = [];
  let last = after;
  let bytes = 0;
  for (;;) {
    // One more than asked for tells whether there is a next page without asking again.
    const wanted = Number.isFinite(limit) ? limit + 1 - posts.length : undefined;
    const page = await listing.page(last, wanted);
    for (const { post, position } of page.posts) {
      const serialised = serialisePost(post);
      bytes += answerBytes(serialised);
      if (posts.length === limit || (bytes > MAX_BYTES && posts.length > 0)) return { posts, next: last };
      posts.push(serialised);
      last = position;
    }
    if (!page.more || page.posts.length === 0) return { posts, next: undefined };
  }
}

/** What a post takes of an answer: written as JSON, and that text as JSON again. */
const answerBytes = (post: SerialisedPost): number =>
  Buffer.byteLength(JSON.stringify(JSON.stringify(post))) + 1;
