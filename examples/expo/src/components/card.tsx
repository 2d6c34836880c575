import type { PropsWithChildren } from 'react';
import { StyleSheet, View, type ViewProps } from 'react-native';
import { SPACE, useTheme } from '../theme';

/** A box around content that belongs together. */
export function Card({ style, ...props }: PropsWithChildren<ViewProps>) {
  const theme = useTheme();
  return (
    <View
      style={[styles.card, { backgroundColor: theme.surface, borderColor: theme.border }, style]}
      {...props}
    />
  );
}

const styles = StyleSheet.create({
  card: { borderRadius: 16, borderWidth: 1, padding: SPACE.l, gap: SPACE.m },
});
