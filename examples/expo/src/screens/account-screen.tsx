import { StyleSheet, View } from 'react-native';
import { client } from '../client';
import { Button } from '../components/button';
import { Card } from '../components/card';
import { PendingState } from '../components/empty-state';
import { Notice } from '../components/notice';
import { Page } from '../components/page';
import { PasswordForm } from '../components/password-form';
import { ScreenHeader } from '../components/screen-header';
import { AppText } from '../components/typography';
import { formatDay } from '../dates';
import { useAccount } from '../hooks/use-account';
import { useAction } from '../hooks/use-action';
import { useLogin } from '../hooks/use-login';
import { SPACE, useTheme } from '../theme';

export function AccountScreen() {
  const { isStored } = useLogin();
  const { data: account, error, isRefreshing, refresh } = useAccount();
  const logout = useAction(client.logout);
  return (
    <Page isRefreshing={isRefreshing} onRefresh={() => void refresh()}>
      <ScreenHeader title="Account" />
      {!isStored && (
        <Notice
          tone="warning"
          message="This device could not store your login. You will have to log in again after a restart."
        />
      )}
      {account === undefined ? (
        <PendingState
          subject="account"
          error={error}
          isRetrying={isRefreshing}
          onRetry={() => void refresh()}
        />
      ) : (
        <Card style={styles.details}>
          <Detail name="Username" value={account.username} />
          {account.email !== '' && <Detail name="E-mail" value={account.email} />}
          <Detail name="Member since" value={formatDay(account.date_joined)} isLast />
        </Card>
      )}
      <PasswordForm />
      <Button
        kind="outlined"
        isDanger
        title="Log out"
        isBusy={logout.isBusy}
        onPress={() => void logout.run()}
      />
    </Page>
  );
}

interface DetailProps {
  readonly name: string;
  readonly value: string;
  readonly isLast?: boolean;
}

function Detail({ name, value, isLast = false }: DetailProps) {
  const theme = useTheme();
  return (
    <View
      accessible
      style={[styles.detail, !isLast && { borderBottomWidth: 1, borderBottomColor: theme.border }]}
    >
      <AppText tone="muted">{name}</AppText>
      <AppText style={styles.value} selectable>
        {value}
      </AppText>
    </View>
  );
}

const styles = StyleSheet.create({
  details: { gap: 0, paddingVertical: SPACE.xs },
  detail: {
    flexDirection: 'row',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    columnGap: SPACE.l,
    paddingVertical: SPACE.m,
  },
  value: { fontWeight: '500' },
});
