import type { Session } from '@latchkey/client';
import { StyleSheet, View } from 'react-native';
import { Button } from '../components/button';
import { Card } from '../components/card';
import { PendingState } from '../components/empty-state';
import { Notice } from '../components/notice';
import { Page } from '../components/page';
import { ScreenHeader } from '../components/screen-header';
import { AppText } from '../components/typography';
import { formatDateTime } from '../dates';
import { useIsOnline } from '../hooks/use-connection';
import { useDevices } from '../hooks/use-devices';
import { messageOf } from '../messages';
import { SPACE, useTheme } from '../theme';

export function DevicesScreen() {
  const isOnline = useIsOnline();
  const { sessions, error, isRefreshing, refresh, ending, endingOthers } = useDevices();
  const reload = () => void refresh();
  // The banner tells that there is no connection.
  const problem = ending.error ?? endingOthers.error ?? (isOnline ? error : undefined);
  return (
    <Page isRefreshing={isRefreshing} onRefresh={reload}>
      <ScreenHeader title="Devices">
        <Button kind="plain" title="Refresh" label="Refresh devices" isBusy={isRefreshing} onPress={reload} />
      </ScreenHeader>
      {sessions === undefined ? (
        <PendingState subject="devices" error={error} isRetrying={isRefreshing} onRetry={reload} />
      ) : (
        <>
          {problem !== undefined && <Notice tone="danger" message={messageOf(problem)} />}
          <View role="list" style={styles.list}>
            {sessions.map((session) => (
              <Device
                key={session.id}
                session={session}
                isBusy={ending.isBusy}
                onEnd={() => void ending.run(session.id)}
              />
            ))}
          </View>
          {sessions.length > 1 && (
            <Button
              kind="outlined"
              isDanger
              title="Log out all other devices"
              isBusy={endingOthers.isBusy}
              onPress={() => void endingOthers.run()}
            />
          )}
        </>
      )}
    </Page>
  );
}

interface DeviceProps {
  readonly session: Session;
  readonly isBusy: boolean;
  readonly onEnd: () => void;
}

function Device({ session, isBusy, onEnd }: DeviceProps) {
  const theme = useTheme();
  const name = session.device ?? 'Unknown device';
  return (
    <Card role="listitem" style={styles.device}>
      <View style={styles.details}>
        <AppText kind="body" style={styles.name}>
          {name}
        </AppText>
        <AppText kind="caption" tone="muted">
          {[`Login renewed ${formatDateTime(session.refreshed_at)}`, session.address]
            .filter(Boolean)
            .join('\n')}
        </AppText>
      </View>
      {session.current ? (
        <View style={[styles.badge, { backgroundColor: theme.accentSoft }]}>
          <AppText kind="tab" tone="accent">
            This device
          </AppText>
        </View>
      ) : (
        <Button
          kind="plain"
          isDanger
          title="Log out"
          label={`Log out ${name}`}
          isDisabled={isBusy}
          onPress={onEnd}
        />
      )}
    </Card>
  );
}

const styles = StyleSheet.create({
  list: { gap: SPACE.m },
  device: { flexDirection: 'row', alignItems: 'center' },
  details: { flex: 1, gap: SPACE.xs },
  name: { fontWeight: '600' },
  badge: { borderRadius: 999, paddingHorizontal: SPACE.m, paddingVertical: SPACE.xs },
});
