import type { Post } from '../../lib/posts/post.ts';
import { oneOf, type Random } from './random.ts';
import type { Page } from './responses.ts';

const POSTS = 60;
const DRAFTS = 5;
const PAGE = 20;
const FIRST = Date.UTC(2019, 5, 4, 15, 0, 1, 250);
const MINUTE_MS = 60_000;
const CONTENT = 'Ein Held ist, wer trotzdem hilft. „Plus Ultra!“ — 雄英 🦸 '.repeat(8);

/** A request for a page, and the expected page. */
export interface PageRequest {
  /** Describes the page in a few words. */
  readonly variety: string;
  /** The query string, with the question mark. */
  readonly query: string;
  readonly page: Page;
}

/** The stored posts, and the expected pages of the list. */
export class ExpectedPosts {
  /** The stored posts. The latest has the highest pk. */
  readonly stored = Array.from({ length: POSTS + DRAFTS }, (_, index) => postOf(index + 1));
  readonly all: PageRequest;
  readonly newest: PageRequest;
  readonly #later: readonly PageRequest[];

  constructor() {
    const published = this.stored.filter(({ publishedAt }) => publishedAt !== null).toReversed();
    const posts = published.map(asListed);
    const pageAt = (start: number): PageRequest => {
      const end = start + PAGE;
      const link = end < posts.length ? `<${queryAfter(published[end - 1])}>; rel="next"` : null;
      const variety = start === 0 ? 'first page' : 'later page';
      return {
        variety,
        query: queryAfter(published[start - 1]),
        page: { posts: posts.slice(start, end), link },
      };
    };
    this.all = { variety: 'whole list', query: '', page: { posts, link: null } };
    this.newest = pageAt(0);
    this.#later = Array.from({ length: posts.length / PAGE - 1 }, (_, index) => pageAt((index + 1) * PAGE));
  }

  later(random: Random): PageRequest {
    return oneOf(this.#later, random) ?? this.newest;
  }
}

function postOf(pk: number): Post {
  const at = new Date(FIRST + pk * MINUTE_MS).toISOString();
  const isDraft = pk > POSTS;
  const dates = { createdAt: at, updatedAt: at, publishedAt: isDraft ? null : at };
  return { pk, author: 1000 + pk, title: `Post ${pk} & <more>`, content: `${pk}: ${CONTENT}`, ...dates };
}

// Written a second time, so that the expectation is independent of the tested code.
const asListed = ({ pk, createdAt: created_at, updatedAt: updated_at, publishedAt, ...post }: Post) => ({
  model: 'blog.post',
  pk,
  fields: { ...post, created_at, updated_at, published_at: publishedAt },
});

function queryAfter(post: Post | undefined): string {
  if (post === undefined) return `?limit=${PAGE}`;
  const inverted = String(Number.MAX_SAFE_INTEGER - post.pk).padStart(16, '0');
  const position = `${post.publishedAt?.replace('Z', '000')}#${inverted}`;
  return `?limit=${PAGE}&cursor=${Buffer.from(position).toString('base64url')}`;
}
