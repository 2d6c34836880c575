import type { ReactNode } from 'react';
import { ActivityIndicator, StyleSheet, View } from 'react-native';
import { messageOf } from '../messages';
import { SPACE, useTheme } from '../theme';
import { Button } from './button';
import { AppText } from './typography';

interface EmptyProps {
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}

/** Says why a screen shows no data. */
export function EmptyState({ title, text, children }: EmptyProps) {
  return (
    <View style={styles.state}>
      <AppText kind="heading" style={styles.centered}>
        {title}
      </AppText>
      {text !== undefined && (
        <AppText tone="muted" style={styles.centered}>
          {text}
        </AppText>
      )}
      {children}
    </View>
  );
}

interface PendingProps {
  /** What is loaded, such as "posts". */
  readonly subject: string;
  /** Why it could not be loaded; undefined while it is loading. */
  readonly error: unknown;
  readonly isRetrying: boolean;
  readonly onRetry: () => void;
}

/** A screen before its data is loaded: progress, or an error with a button that tries again. */
export function PendingState({ subject, error, isRetrying, onRetry }: PendingProps) {
  const theme = useTheme();
  if (error === undefined) {
    return (
      <View style={styles.state}>
        <ActivityIndicator color={theme.accent} size="large" aria-label={`Loading ${subject}`} />
      </View>
    );
  }
  return (
    <View role="alert" accessibilityLiveRegion="polite">
      <EmptyState title={`The ${subject} could not be loaded`} text={messageOf(error)}>
        <Button kind="outlined" title="Try again" isBusy={isRetrying} onPress={onRetry} />
      </EmptyState>
    </View>
  );
}

const styles = StyleSheet.create({
  state: { alignItems: 'center', gap: SPACE.m, paddingHorizontal: SPACE.xl, paddingVertical: SPACE.xxl },
  centered: { textAlign: 'center' },
});
