/** A blog post. Datetimes are text in Django's notation, to the microsecond if it is known. */
export interface Post {
  readonly pk: number;
  /** The id of a user, who may no longer exist. */
  readonly author: number;
  readonly title: string;
  readonly content: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** `null` for a draft. */
  readonly publishedAt: string | null;
}
