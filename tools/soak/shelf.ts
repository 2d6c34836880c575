import type { Post } from '../../lib/posts/post.ts';
import type { Page } from './answers.ts';
import { oneOf, type Random } from './random.ts';

const POSTS = 60;
const DRAFTS = 5;
const PAGE = 20;
const FIRST = Date.UTC(2019, 5, 4, 15, 0, 1, 250);
const MINUTE_MS = 60_000;
const CONTENT = 'Ein Held ist, wer trotzdem hilft. „Plus Ultra!“ — 雄英 🦸 '.repeat(8);

/** A page that can be asked for, and what it has to be. */
export interface Request {
  /** Which page it is, in words. */
  readonly variety: string;
  /** What follows the path. */
  readonly query: string;
  readonly page: Page;
}

/** The posts that are stored, and the pages that they make. */
export class Shelf {
  /** As they are stored; the newest has the highest pk. */
  readonly stored: readonly Post[];
  readonly #all: Request;
  readonly #pages: readonly Request[];

  constructor() {
    this.stored = Array.from({ length: POSTS + DRAFTS }, (_, index) => postOf(index + 1));
    const published = this.stored.filter(({ publishedAt }) => publishedAt !== null).toReversed();
    this.#all = { variety: 'whole list', query: '', page: { posts: published.map(asListed), link: null } };
    this.#pages = Array.from({ length: published.length / PAGE }, (_, number) => {
      const [start, end] = [number * PAGE, (number + 1) * PAGE];
      const next = end < published.length ? published[end - 1] : undefined;
      return {
        variety: number === 0 ? 'newest page' : 'later page',
        query: queryAfter(published[start - 1]),
        page: {
          posts: this.#all.page.posts.slice(start, end),
          link: next === undefined ? null : `<${queryAfter(next)}>; rel="next"`,
        },
      };
    });
  }

  all(): Request {
    return this.#all;
  }

  newest(): Request {
    return this.#pages[0] ?? this.#all;
  }

  later(random: Random): Request {
    return oneOf(this.#pages.slice(1), random) ?? this.#all;
  }
}

function postOf(pk: number): Post {
  const at = new Date(FIRST + pk * MINUTE_MS).toISOString();
  const isDraft = pk > POSTS;
  const dates = { createdAt: at, updatedAt: at, publishedAt: isDraft ? null : at };
  return { pk, author: 1000 + pk, title: `Post ${pk} & <more>`, content: `${pk}: ${CONTENT}`, ...dates };
}

// Written out once more: nothing of what is tested has a part in what it is held against.
const asListed = ({ pk, author, title, content, createdAt, updatedAt, publishedAt }: Post) => ({
  model: 'blog.post',
  pk,
  fields: {
    author,
    title,
    content,
    created_at: createdAt,
    updated_at: updatedAt,
    published_at: publishedAt,
  },
});

function queryAfter(post: Post | undefined): string {
  if (post === undefined) return `?limit=${PAGE}`;
  const position = `${post.publishedAt?.replace('Z', '000')}#${post.pk}`;
  return `?limit=${PAGE}&cursor=${Buffer.from(position).toString('base64url')}`;
}
