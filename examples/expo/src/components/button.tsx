import { ActivityIndicator, Pressable, StyleSheet } from 'react-native';
import { SPACE, TOUCH_TARGET, useTheme } from '../theme';
import { AppText } from './typography';

interface Props {
  readonly title: string;
  /** What a screen reader says, if the title does not say it alone. */
  readonly label?: string;
  readonly kind?: 'filled' | 'outlined' | 'plain';
  readonly isDanger?: boolean;
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
  readonly onPress: () => void;
}

/** A button. While it is busy, it shows that and takes no press. */
export function Button({
  title,
  label = title,
  kind = 'filled',
  isDanger = false,
  isBusy = false,
  isDisabled = false,
  onPress,
}: Props) {
  const theme = useTheme();
  const isFilled = kind === 'filled';
  const tone = isFilled ? 'onAccent' : isDanger ? 'danger' : 'accent';
  return (
    <Pressable
      role="button"
      aria-label={label}
      aria-busy={isBusy}
      aria-disabled={isDisabled || isBusy}
      disabled={isDisabled || isBusy}
      onPress={onPress}
      style={({ pressed }) => [
        styles.button,
        kind === 'plain' ? styles.plain : styles.padded,
        isFilled && { backgroundColor: theme.accent },
        kind === 'outlined' && { borderColor: theme.border, backgroundColor: theme.surface },
        (pressed || isDisabled) && styles.faded,
      ]}
    >
      {isBusy && <ActivityIndicator color={theme[tone]} size="small" />}
      <AppText kind={isFilled ? 'heading' : 'label'} tone={tone}>
        {title}
      </AppText>
    </Pressable>
  );
}

const styles = StyleSheet.create({
  button: {
    minHeight: TOUCH_TARGET,
    minWidth: TOUCH_TARGET,
    flexDirection: 'row',
    gap: SPACE.s,
    alignItems: 'center',
    justifyContent: 'center',
    borderRadius: 12,
    borderWidth: 1,
    borderColor: 'transparent',
  },
  padded: { paddingHorizontal: SPACE.l, paddingVertical: SPACE.m },
  // Its text is aligned with the edge of the content.
  plain: { paddingHorizontal: SPACE.s, marginRight: -SPACE.s },
  faded: { opacity: 0.6 },
});
