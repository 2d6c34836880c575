import { createError } from './errors.ts';

/** A post as Django serializes it. */
export interface Post {
  readonly model: string;
  readonly pk: number;
  readonly fields: {
    readonly author: number | null;
    readonly title: string;
    readonly content: string;
    readonly created_at: string;
    readonly updated_at: string;
    readonly published_at: string;
  };
}

/** A page with its header `Link`. */
interface Page {
  readonly posts: Post[];
  readonly link: string | null;
}

/** Old versions of Hermes lack this symbol. Compiled `for await` loops then use this name. */
const ASYNC_ITERATOR: typeof Symbol.asyncIterator = Symbol.asyncIterator ?? '@@asyncIterator';

/**
 * Lists pages by following `rel="next"`. It is not an async generator, because compilers for Hermes need a library for those.
 *
 * @param path the path of the first page
 * @throws {LatchkeyError} request_refused for a target that is not relative to the path
 */
export function listPages(
  path: string,
  load: (path: string) => Promise<Page>,
): AsyncIterableIterator<Post[]> {
  let next: string | undefined = path;
  const finished = async () => {
    next = undefined;
    return { done: true as const, value: undefined };
  };
  return {
    [ASYNC_ITERATOR]() {
      return this;
    },
    next: async () => {
      if (next === undefined) return finished();
      const { posts, link } = await load(next);
      next = targetOf(link, path);
      return { done: false, value: posts };
    },
    return: finished,
  };
}

/** Resolves the next page of a header. React Native has no complete `URL`. */
function targetOf(link: string | null, path: string): string | undefined {
  const target = /<([^>]*)>;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return undefined;
  if (target.startsWith('?')) return path.replace(/\?.*/, '') + target;
  throw createError('request_refused', 'The next page is not relative to the list.');
}
