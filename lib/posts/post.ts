/** A blog post; datetimes are text in Django's notation, their fraction of a second cut to milliseconds. */
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

/** Where in the list of published posts a post stands; opaque to all but the list. */
export interface Position {
  readonly pk: number;
  readonly order: string;
}

export interface ListedPost {
  readonly post: Post;
  readonly position: Position;
}

/** Where published posts are read, newest first; ties by ascending pk. */
export interface PostListing {
  /**
   * Reads up to `limit` posts after a position, fewer where they are large. `more` tells whether others may follow.
   *
   * @throws {UnavailableError}
   */
  page(after: Position | undefined, limit: number): Promise<{ posts: readonly ListedPost[]; more: boolean }>;
}
