import { encodeCursor } from './cursor.ts';
import { readPaging } from './paging.ts';
import type { Position, PostListing } from './post.ts';
import { type SerialisedPost, serialisePost } from './serialise.ts';

/**
 * A Lambda answer holds 6 MB, in which the body is a JSON string once more.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_BYTES = 5_000_000;

/** The query parameters of a page. */
export type PageQuery = Readonly<Record<string, string | undefined>>;

export interface PostPage {
  readonly posts: readonly SerialisedPost[];
  /** The query parameters of the next page, if there is one. */
  readonly next: PageQuery | undefined;
}

/** The list of published posts, newest first. */
export class PublishedPosts {
  readonly #listing: PostListing;

  constructor(listing: PostListing) {
    this.#listing = listing;
  }

  /**
   * Lists `limit` posts, or all, from `cursor` on, and in any case no more than one answer holds. A post that is larger
   * than an answer on its own is listed alone.
   *
   * @throws {InputError} on `limit` or `cursor`
   * @throws {UnavailableError}
   */
  async page(query: PageQuery): Promise<PostPage> {
    const { limit, after } = readPaging(query);
    const posts: SerialisedPost[] = [];
    const upTo = (position: Position | undefined): PostPage => ({
      posts,
      next: position && { limit: limit?.toString(), cursor: encodeCursor(position) },
    });
    let last = after;
    let bytes = 0;
    for (;;) {
      // One more than asked for tells whether there is a next page without asking again.
      const wanted = limit === undefined ? undefined : limit + 1 - posts.length;
      const { posts: listed, more } = await this.#listing.page(last, wanted);
      for (const { post, position } of listed) {
        const serialised = serialisePost(post);
        bytes += answerBytes(serialised);
        if (posts.length === limit || (bytes > MAX_BYTES && posts.length > 0)) return upTo(last);
        posts.push(serialised);
        last = position;
      }
      if (!more || listed.length === 0) return upTo(undefined);
    }
  }
}

/** What a post takes of an answer: written as JSON, and that text as JSON again. */
const answerBytes = (post: SerialisedPost): number =>
  Buffer.byteLength(JSON.stringify(JSON.stringify(post))) + 1;
