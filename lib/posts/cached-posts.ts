import type { Clock } from '../clock.ts';
import type { PageQuery } from './paging.ts';
import type { PostPage, PostPages } from './published-posts.ts';

/** The total length of the cached posts, in characters. A function has 256 MB of memory at minimum. */
const MAX_CHARACTERS = 10_000_000;
/** Counted for a page besides its posts. It limits the number of empty pages, which any cursor can request. */
const PAGE_CHARACTERS = 10_000;

interface CachedPage {
  readonly page: Promise<PostPage>;
  /** Milliseconds since 1970. */
  readonly readAt: number;
  /** {@link PAGE_CHARACTERS}, and the length of its posts once they have been read. */
  characters: number;
}

/**
 * Caches pages of posts for a short time, which are the same for every user. Concurrent requests for a page share one read.
 * A cursor is part of the key, so that a page continues where the client stopped.
 */
export class CachedPosts implements PostPages {
  readonly #posts: PostPages;
  readonly #cacheMs: number;
  readonly #clock: Clock;
  /** In the order in which they were read. */
  readonly #pages = new Map<string, CachedPage>();

  /** @param cacheMs how long a page is returned after it was read, in milliseconds */
  constructor(posts: PostPages, cacheMs: number, clock: Clock) {
    this.#posts = posts;
    this.#cacheMs = cacheMs;
    this.#clock = clock;
  }

  /** @see PublishedPosts.page */
  page(query: PageQuery): Promise<PostPage> {
    const key = JSON.stringify([query.limit, query.cursor]);
    const now = this.#clock();
    this.#evict(now);
    const known = this.#pages.get(key);
    if (known !== undefined) return known.page;
    const cached: CachedPage = { page: this.#posts.page(query), readAt: now, characters: PAGE_CHARACTERS };
    this.#pages.set(key, cached);
    cached.page.then(
      ({ posts }) => {
        cached.characters = posts.reduce((sum, post) => sum + post.length, PAGE_CHARACTERS);
        this.#evict(now);
      },
      // A failure is not cached. The page may have been read again since.
      () => {
        if (this.#pages.get(key) === cached) this.#pages.delete(key);
      },
    );
    return cached.page;
  }

  /** Removes pages that are too old, and the oldest ones beyond {@link MAX_CHARACTERS}. */
  #evict(now: number): void {
    let characters = 0;
    for (const [key, page] of [...this.#pages].toReversed()) {
      characters += page.characters;
      const age = now - page.readAt;
      if (age < 0 || age >= this.#cacheMs || characters > MAX_CHARACTERS) this.#pages.delete(key);
    }
  }
}
