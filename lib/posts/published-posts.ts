import { encodeCursor, type Position, positionOf } from './order.ts';
import { type PageQuery, readPaging } from './paging.ts';
import type { Post } from './post.ts';
import { stringifyPost } from './serialize.ts';

/**
 * The size of a page. A Lambda response has at most 6 MB, and contains the body as a JSON string.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_BYTES = 5_000_000;

/** The storage of published posts, in the order of the list. */
export interface PostListing {
  /**
   * Reads up to `limit` posts after a position, or fewer if they are large. `more` is false if these are the last ones.
   *
   * @throws {UnavailableError}
   */
  page(
    after: Position | undefined,
    limit: number | undefined,
  ): Promise<{ posts: readonly Post[]; more: boolean }>;
}

export interface PostPage {
  /** The posts as Django's serializer writes them, in JSON. */
  readonly posts: readonly string[];
  /** The query parameters of the next page, if there is one. */
  readonly next: Readonly<Record<string, string>> | undefined;
}

/** Reads pages of posts. */
export interface PostPages {
  /**
   * Lists the posts after `cursor`: `limit` posts, or all, but no more than fit into one response. A post that is larger
   * than a response is listed alone.
   *
   * @throws {InputError} for the fields `limit` and `cursor`
   * @throws {UnavailableError}
   */
  page(query: PageQuery): Promise<PostPage>;
}

/** The list of published posts, newest first. */
export class PublishedPosts implements PostPages {
  readonly #listing: PostListing;

  constructor(listing: PostListing) {
    this.#listing = listing;
  }

  async page(query: PageQuery): Promise<PostPage> {
    const { limit, after } = readPaging(query);
    const posts: string[] = [];
    // Only the last post of a page needs its position, which requires that its datetime is parsed.
    let last: Post | undefined;
    const position = () => (last === undefined ? after : positionOf(last));
    const pageUpTo = (end: Position | undefined): PostPage => ({
      posts,
      next: end && { ...(limit && { limit: String(limit) }), cursor: encodeCursor(end) },
    });
    let bytes = 0;
    for (;;) {
      // One post more than requested shows whether there is a next page.
      const wanted = limit === undefined ? undefined : limit + 1 - posts.length;
      const { posts: listed, more } = await this.#listing.page(position(), wanted);
      for (const post of listed) {
        const serialized = stringifyPost(post);
        bytes += bytesInResponse(serialized);
        if (posts.length === limit || (bytes > MAX_BYTES && posts.length > 0)) return pageUpTo(position());
        posts.push(serialized);
        last = post;
      }
      if (!more || listed.length === 0) return pageUpTo(undefined);
    }
  }
}

/** Returns the bytes of an item in a response, which contains the list as a JSON string. */
const bytesInResponse = (json: string): number => Buffer.byteLength(JSON.stringify(json)) + 2;
