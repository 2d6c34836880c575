import type { PropsWithChildren } from 'react';
import { RefreshControl, ScrollView, StyleSheet } from 'react-native';
import { COLUMN_WIDTH, SPACE, useTheme } from '../theme';

interface Props {
  readonly isRefreshing: boolean;
  readonly onRefresh: () => void;
}

/** A screen that scrolls and that can be pulled to refresh it. */
export function Page({ isRefreshing, onRefresh, children }: PropsWithChildren<Props>) {
  const theme = useTheme();
  return (
    <ScrollView
      keyboardShouldPersistTaps="handled"
      automaticallyAdjustKeyboardInsets
      refreshControl={
        <RefreshControl refreshing={isRefreshing} onRefresh={onRefresh} tintColor={theme.accent} />
      }
      contentContainerStyle={styles.content}
    >
      {children}
    </ScrollView>
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
});
