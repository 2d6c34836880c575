/** A blog post; datetimes are text in Django's notation, to the microsecond where it is known. */
export interface Post {
  readonly pk: number;
  /** The numeric id of a user, who need not exist any more. */
  readonly author: number;
  readonly title: string;
  readonly content: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** `null` for a draft. */
  readonly publishedAt: string | null;
}

/** Where a post stands in the list of published ones. */
export interface Position {
  /** When it was published, in UTC, `YYYY-MM-DDTHH:MM:SS.ffffff`. */
  readonly instant: string;
  readonly pk: number;
}

export interface ListedPost {
  readonly post: Post;
  readonly position: Position;
}

/** Where published posts are read, newest first; ties by ascending pk. */
export interface PostListing {
  /**
   * Reads the posts after a position: up to `limit`, and fewer where they are large.
   * `more` tells whether others may follow.
   *
   * @throws {UnavailableError}
   */
  page(
    after: Position | undefined,
    limit: number | undefined,
  ): Promise<{ posts: readonly ListedPost[]; more: boolean }>;
}
