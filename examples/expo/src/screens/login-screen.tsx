import type { LogoutReason } from '@latchkey/client';
import { useRef, useState } from 'react';
import { KeyboardAvoidingView, Platform, ScrollView, StyleSheet, type TextInput, View } from 'react-native';
import { useSafeAreaInsets } from 'react-native-safe-area-context';
import { client } from '../client';
import { Button } from '../components/button';
import { Logo } from '../components/icons';
import { Notice } from '../components/notice';
import { TextField } from '../components/text-field';
import { AppText } from '../components/typography';
import { useAction } from '../hooks/use-action';
import { useWait } from '../hooks/use-wait';
import { fieldMessageOf, formMessageOf, LOGOUT_MESSAGES } from '../messages';
import { SPACE, useTheme } from '../theme';

interface Props {
  /** Why the user is not logged in any more; undefined at the first start. */
  readonly reason: LogoutReason | undefined;
}

export function LoginScreen({ reason }: Props) {
  const theme = useTheme();
  const insets = useSafeAreaInsets();
  const usernameField = useRef<TextInput>(null);
  const passwordField = useRef<TextInput>(null);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  // The login of the client leads to the next screen: see LoginProvider.
  const login = useAction(client.login);
  const waitUntil = useWait(login.error, login.clear);
  const submit = async () => {
    if (await login.run(username, password)) return;
    (username === '' ? usernameField : passwordField).current?.focus();
  };
  const changeUsername = (name: string) => {
    setUsername(name);
    // The service limits the attempts for one username.
    if (waitUntil) login.clear();
  };
  const message = formMessageOf(login.error, ['username', 'password'], waitUntil);
  const logoutMessage = reason && LOGOUT_MESSAGES[reason];
  return (
    <KeyboardAvoidingView
      {...(Platform.OS === 'ios' ? { behavior: 'padding' as const } : {})}
      style={[styles.screen, { backgroundColor: theme.background }]}
    >
      <ScrollView
        keyboardShouldPersistTaps="handled"
        contentContainerStyle={[
          styles.content,
          { paddingTop: insets.top + SPACE.xl, paddingBottom: insets.bottom + SPACE.xl },
        ]}
      >
        <View role="main" style={styles.form}>
          <View style={styles.intro}>
            <Logo color={theme.onAccent} background={theme.accent} />
            <View style={styles.titles}>
              <AppText kind="title">Log in</AppText>
              <AppText tone="muted">Read the posts and manage your devices.</AppText>
            </View>
          </View>
          {message !== undefined && <Notice tone="danger" message={message} />}
          {message === undefined && logoutMessage !== undefined && (
            <Notice tone="warning" message={logoutMessage} />
          )}
          <TextField
            ref={usernameField}
            label="Username"
            value={username}
            onChangeText={changeUsername}
            error={fieldMessageOf(login.error, 'username')}
            autoComplete="username"
            textContentType="username"
            returnKeyType="next"
            submitBehavior="submit"
            onSubmitEditing={() => passwordField.current?.focus()}
          />
          <TextField
            ref={passwordField}
            label="Password"
            value={password}
            onChangeText={setPassword}
            error={fieldMessageOf(login.error, 'password')}
            isPassword
            autoComplete="current-password"
            textContentType="password"
            returnKeyType="go"
            onSubmitEditing={submit}
          />
          <Button
            title="Log in"
            isBusy={login.isBusy}
            isDisabled={waitUntil !== undefined}
            onPress={submit}
          />
        </View>
      </ScrollView>
    </KeyboardAvoidingView>
  );
}

const styles = StyleSheet.create({
  screen: { flex: 1 },
  content: { flexGrow: 1, justifyContent: 'center', paddingHorizontal: SPACE.xl },
  form: { width: '100%', maxWidth: 420, alignSelf: 'center', gap: SPACE.l },
  intro: { gap: SPACE.xl, marginBottom: SPACE.s },
  titles: { gap: SPACE.xs },
});
