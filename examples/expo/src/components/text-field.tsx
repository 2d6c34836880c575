import { type Ref, useId, useState } from 'react';
import { StyleSheet, TextInput, type TextInputProps, View } from 'react-native';
import { useAnnouncement } from '../hooks/use-announcement';
import { SPACE, TOUCH_TARGET, useTheme } from '../theme';
import { Button } from './button';
import { AppText } from './typography';

interface Props extends Omit<TextInputProps, 'secureTextEntry' | 'style'> {
  readonly label: string;
  /** What is wrong with the value. */
  readonly error?: string | undefined;
  /** Hides the value, with a button that shows it. */
  readonly isPassword?: boolean;
  readonly ref?: Ref<TextInput>;
}

/** A text field with its label above and its error below. */
export function TextField({ label, error, isPassword = false, ...props }: Props) {
  const theme = useTheme();
  const [isFocused, setIsFocused] = useState(false);
  const [isShown, setIsShown] = useState(false);
  const errorId = useId();
  useAnnouncement(error && `${label}: ${error}`);
  const lineColor = error ? theme.danger : isFocused ? theme.accent : theme.fieldBorder;
  return (
    <View style={styles.field}>
      {/* A screen reader reads the label of the field itself. */}
      <AppText kind="label" aria-hidden>
        {label}
      </AppText>
      <View
        style={[
          styles.box,
          { backgroundColor: theme.surface, borderColor: lineColor, outlineColor: lineColor },
          isFocused && styles.focused,
        ]}
      >
        <TextInput
          aria-label={label}
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : errorId}
          accessibilityHint={error}
          autoCapitalize="none"
          autoCorrect={false}
          secureTextEntry={isPassword && !isShown}
          onFocus={() => setIsFocused(true)}
          onBlur={() => setIsFocused(false)}
          style={[styles.input, { color: theme.text }]}
          {...props}
        />
        {isPassword && (
          <Button
            kind="plain"
            title={isShown ? 'Hide' : 'Show'}
            label={`${isShown ? 'Hide' : 'Show'}: ${label}`}
            onPress={() => setIsShown(!isShown)}
          />
        )}
      </View>
      {error !== undefined && (
        <AppText kind="caption" tone="danger" id={errorId} role="alert" accessibilityLiveRegion="polite">
          {error}
        </AppText>
      )}
    </View>
  );
}

const styles = StyleSheet.create({
  field: { gap: SPACE.xs },
  box: {
    flexDirection: 'row',
    alignItems: 'center',
    borderWidth: 1,
    borderRadius: 12,
    paddingRight: SPACE.m,
  },
  focused: { outlineStyle: 'solid', outlineWidth: 1 },
  input: {
    // The box shows the focus in place of the browser.
    outlineStyle: 'solid',
    outlineWidth: 0,
    flex: 1,
    minWidth: 0,
    minHeight: TOUCH_TARGET + 4,
    paddingHorizontal: SPACE.m,
    paddingVertical: SPACE.s,
    borderRadius: 12,
    fontSize: 16,
  },
});
