import type { Post } from '@latchkey/client';
import { useState } from 'react';
import { ActivityIndicator, FlatList, Pressable, RefreshControl, StyleSheet, View } from 'react-native';
import { Button } from '../components/button';
import { EmptyState, PendingState } from '../components/empty-state';
import { Notice } from '../components/notice';
import { ScreenHeader } from '../components/screen-header';
import { AppText } from '../components/typography';
import { formatDay } from '../dates';
import { useIsOnline } from '../hooks/use-connection';
import { usePosts } from '../hooks/use-posts';
import { messageOf } from '../messages';
import { COLUMN_WIDTH, SPACE, useTheme } from '../theme';
import { PostScreen } from './post-screen';

export function PostsScreen() {
  const theme = useTheme();
  const isOnline = useIsOnline();
  const list = usePosts();
  const [open, setOpen] = useState<Post>();
  const refresh = () => void list.refresh();
  const loadMore = () => void list.loadMore();
  return (
    <>
      <FlatList
        data={list.posts ?? []}
        keyExtractor={(post) => String(post.pk)}
        renderItem={({ item }) => <PostRow post={item} onPress={() => setOpen(item)} />}
        // After an error, the user decides when to try again.
        onEndReached={list.moreError === undefined ? loadMore : null}
        onEndReachedThreshold={0.5}
        refreshControl={
          <RefreshControl refreshing={list.isRefreshing} onRefresh={refresh} tintColor={theme.accent} />
        }
        contentContainerStyle={styles.content}
        ListHeaderComponent={
          <View style={styles.header}>
            <ScreenHeader title="Posts">
              {/* A browser and a screen reader have no pull-to-refresh. */}
              <Button
                kind="plain"
                title="Refresh"
                label="Refresh posts"
                isBusy={list.isRefreshing}
                onPress={refresh}
              />
            </ScreenHeader>
            {list.posts && list.error !== undefined && isOnline && (
              <Notice tone="danger" message={messageOf(list.error)} />
            )}
          </View>
        }
        ListEmptyComponent={
          list.posts ? (
            <EmptyState title="No posts yet" text="New posts appear here after a refresh." />
          ) : (
            <PendingState
              subject="posts"
              error={list.error}
              isRetrying={list.isRefreshing}
              onRetry={refresh}
            />
          )
        }
        ListFooterComponent={<Footer list={list} onLoadMore={loadMore} />}
      />
      {open && <PostScreen post={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

interface FooterProps {
  readonly list: ReturnType<typeof usePosts>;
  readonly onLoadMore: () => void;
}

/** What follows the last post: an error, progress, or the end of the list. */
function Footer({ list, onLoadMore }: FooterProps) {
  const theme = useTheme();
  if (list.moreError !== undefined) {
    return (
      <Notice
        tone="danger"
        message={messageOf(list.moreError)}
        action={{ title: 'Load more', isBusy: list.isLoadingMore, onPress: onLoadMore }}
      />
    );
  }
  if (list.isLoadingMore && list.posts) {
    return <ActivityIndicator color={theme.accent} aria-label="Loading more posts" style={styles.footer} />;
  }
  if (!list.isComplete || list.posts?.length === 0) return null;
  return (
    <AppText kind="caption" tone="muted" style={[styles.footer, styles.centered]}>
      You have seen all posts.
    </AppText>
  );
}

function PostRow({ post: { fields }, onPress }: { readonly post: Post; readonly onPress: () => void }) {
  const theme = useTheme();
  return (
    <Pressable
      role="button"
      onPress={onPress}
      style={({ pressed }) => [
        styles.row,
        { backgroundColor: pressed ? theme.accentSoft : theme.surface, borderColor: theme.border },
      ]}
    >
      <AppText kind="caption" tone="muted">
        {formatDay(fields.published_at)}
      </AppText>
      <AppText style={styles.rowTitle}>{fields.title}</AppText>
      <AppText tone="muted" numberOfLines={2}>
        {fields.content}
      </AppText>
    </Pressable>
  );
}

const styles = StyleSheet.create({
  content: {
    width: '100%',
    maxWidth: COLUMN_WIDTH,
    alignSelf: 'center',
    gap: SPACE.m,
    padding: SPACE.l,
  },
  header: { gap: SPACE.s },
  row: { gap: SPACE.xs, padding: SPACE.l, borderRadius: 16, borderWidth: 1 },
  rowTitle: { fontSize: 18, lineHeight: 25, fontWeight: '600' },
  footer: { padding: SPACE.l },
  centered: { textAlign: 'center' },
});
