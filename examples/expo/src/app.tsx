import { StatusBar, StyleSheet, View } from 'react-native';
import { SafeAreaProvider } from 'react-native-safe-area-context';
import { PendingState } from './components/empty-state';
import { useNetworkReports } from './hooks/use-connection';
import { LoginProvider, useLogin } from './hooks/use-login';
import { Home } from './screens/home';
import { LoginScreen } from './screens/login-screen';
import { useTheme } from './theme';

export function App() {
  const theme = useTheme();
  useNetworkReports();
  return (
    <SafeAreaProvider>
      <StatusBar barStyle={theme.isDark ? 'light-content' : 'dark-content'} />
      <LoginProvider>
        <Start />
      </LoginProvider>
    </SafeAreaProvider>
  );
}

function Start() {
  const theme = useTheme();
  const { state, check } = useLogin();
  if (state.status === 'logged_in') return <Home key={state.user.id} />;
  if (state.status === 'logged_out') return <LoginScreen reason={state.reason} />;
  return (
    <View role="main" style={[styles.start, { backgroundColor: theme.background }]}>
      <PendingState
        subject="login"
        error={state.status === 'unknown' ? state.error : undefined}
        isRetrying={false}
        onRetry={() => void check()}
      />
    </View>
  );
}

const styles = StyleSheet.create({
  start: { flex: 1, justifyContent: 'center' },
});
