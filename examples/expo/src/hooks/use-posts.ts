import type { Post } from '@latchkey/client';
import { useCallback } from 'react';
import { client } from '../client';
import { useAction } from './use-action';
import { useResource } from './use-resource';

const PAGE_SIZE = 20;

interface PostList {
  readonly posts: readonly Post[];
  /** The pages that follow. */
  readonly pages: AsyncIterator<Post[]>;
  readonly isComplete: boolean;
}

async function loadFirstPage(): Promise<PostList> {
  const pages = client.posts({ limit: PAGE_SIZE });
  const { done = false, value } = await pages.next();
  return { posts: done ? [] : value, pages, isComplete: done };
}

/** Replaces the first page and keeps the older ones, so that the list stays where the user reads it. */
function keepOlderPages(known: PostList, first: PostList): PostList {
  const oldest = first.posts.at(-1);
  const end = known.posts.findIndex(({ pk }) => pk === oldest?.pk);
  // More than a page is new.
  if (end < 0) return first;
  return { ...known, posts: [...first.posts, ...known.posts.slice(end + 1)] };
}

/** The posts, newest first, page by page. */
export function usePosts() {
  const { data, error, isRefreshing, refresh, update } = useResource(loadFirstPage, keepOlderPages);
  const loadNextPage = useCallback(async () => {
    if (data === undefined || data.isComplete) return;
    const { done = false, value } = await data.pages.next();
    update((list) => {
      // A refresh has begun a new list in the meantime.
      if (list.pages !== data.pages) return list;
      return done ? { ...list, isComplete: true } : { ...list, posts: [...list.posts, ...value] };
    });
  }, [data, update]);
  const more = useAction(loadNextPage);
  return {
    posts: data?.posts,
    isComplete: data?.isComplete ?? false,
    error,
    isRefreshing,
    refresh,
    loadMore: more.run,
    isLoadingMore: more.isBusy,
    moreError: more.error,
  };
}
