import { StyleSheet, View } from 'react-native';
import { useAnnouncement } from '../hooks/use-announcement';
import { useIsOnline } from '../hooks/use-connection';
import { COLUMN_WIDTH, SPACE, useTheme } from '../theme';
import { AppText } from './typography';

const TITLE = 'No connection';

/** Says that the connection is lost, as long as it is. The live region exists before, so that its change is announced. */
export function OfflineBanner() {
  const theme = useTheme();
  const isOnline = useIsOnline();
  useAnnouncement(isOnline ? undefined : TITLE);
  return (
    <View role="status" accessibilityLiveRegion="polite">
      {!isOnline && (
        <View style={[styles.banner, { backgroundColor: theme.warningSoft }]}>
          <View style={styles.column}>
            <AppText kind="label" tone="warning">
              {TITLE}
            </AppText>
            <AppText kind="caption" tone="warning">
              Showing what was loaded before. Reconnecting…
            </AppText>
          </View>
        </View>
      )}
    </View>
  );
}

const styles = StyleSheet.create({
  banner: { paddingHorizontal: SPACE.l, paddingVertical: SPACE.s },
  column: { width: '100%', maxWidth: COLUMN_WIDTH - 2 * SPACE.l, alignSelf: 'center' },
});
