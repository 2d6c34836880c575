import { StyleSheet, View } from 'react-native';
import { useAnnouncement } from '../hooks/use-announcement';
import { SPACE, useTheme } from '../theme';
import { Button } from './button';
import { AppText } from './typography';

interface Props {
  readonly tone: 'danger' | 'warning' | 'success';
  readonly message: string;
  readonly action?: { readonly title: string; readonly isBusy?: boolean; readonly onPress: () => void };
}

/** A message that a screen reader announces when it appears. */
export function Notice({ tone, message, action }: Props) {
  const theme = useTheme();
  useAnnouncement(message);
  const background = { danger: theme.dangerSoft, warning: theme.warningSoft, success: theme.accentSoft }[
    tone
  ];
  return (
    <View
      role={tone === 'danger' ? 'alert' : 'status'}
      accessibilityLiveRegion={tone === 'danger' ? 'assertive' : 'polite'}
      style={[styles.notice, { backgroundColor: background }]}
    >
      <AppText tone={tone === 'success' ? 'accent' : tone} style={styles.message}>
        {message}
      </AppText>
      {action && <Button kind="outlined" {...action} />}
    </View>
  );
}

const styles = StyleSheet.create({
  notice: {
    flexDirection: 'row',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: SPACE.m,
    paddingHorizontal: SPACE.l,
    paddingVertical: SPACE.m,
    borderRadius: 12,
  },
  message: { flexGrow: 1, flexShrink: 1, flexBasis: 180 },
});
