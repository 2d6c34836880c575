import { useRef, useState } from 'react';
import type { TextInput } from 'react-native';
import { client } from '../client';
import { useAction } from '../hooks/use-action';
import { useWait } from '../hooks/use-wait';
import { fieldMessageOf, formMessageOf } from '../messages';
import { Button } from './button';
import { Card } from './card';
import { Notice } from './notice';
import { TextField } from './text-field';
import { AppText } from './typography';

/** Changes the password. The service says which rule a new password breaks. */
export function PasswordForm() {
  const newField = useRef<TextInput>(null);
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [isChanged, setIsChanged] = useState(false);
  const change = useAction(client.changePassword);
  const waitUntil = useWait(change.error, change.clear);
  const message = formMessageOf(change.error, ['current_password', 'new_password'], waitUntil);
  const submit = async () => {
    setIsChanged(false);
    if (!(await change.run(current, next))) return;
    setIsChanged(true);
    setCurrent('');
    setNext('');
  };
  return (
    <Card>
      <AppText kind="heading">Password</AppText>
      {isChanged && (
        <Notice tone="success" message="Your password is changed. All other devices are logged out." />
      )}
      {message !== undefined && <Notice tone="danger" message={message} />}
      <TextField
        label="Current password"
        value={current}
        onChangeText={setCurrent}
        error={fieldMessageOf(change.error, 'current_password')}
        isPassword
        autoComplete="current-password"
        textContentType="password"
        returnKeyType="next"
        submitBehavior="submit"
        onSubmitEditing={() => newField.current?.focus()}
      />
      <TextField
        ref={newField}
        label="New password"
        value={next}
        onChangeText={setNext}
        error={fieldMessageOf(change.error, 'new_password')}
        isPassword
        autoComplete="new-password"
        textContentType="newPassword"
        returnKeyType="done"
        onSubmitEditing={submit}
      />
      <Button
        title="Change password"
        isBusy={change.isBusy}
        isDisabled={waitUntil !== undefined}
        onPress={submit}
      />
    </Card>
  );
}
