import type { ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';
import { SPACE, TOUCH_TARGET } from '../theme';
import { AppText } from './typography';

interface Props {
  readonly title: string;
  readonly children?: ReactNode;
}

/** The title of a screen, with its action. */
export function ScreenHeader({ title, children }: Props) {
  return (
    <View style={styles.header}>
      <AppText kind="title" style={styles.title}>
        {title}
      </AppText>
      {children}
    </View>
  );
}

const styles = StyleSheet.create({
  header: {
    minHeight: TOUCH_TARGET,
    flexDirection: 'row',
    alignItems: 'center',
    gap: SPACE.m,
    marginBottom: SPACE.xs,
  },
  title: { flexGrow: 1, flexShrink: 1 },
});
