import { StyleSheet, Text, type TextProps } from 'react-native';
import { useTheme } from '../theme';

type Tone = 'text' | 'muted' | 'accent' | 'danger' | 'warning' | 'onAccent';

interface Props extends TextProps {
  readonly kind?: keyof typeof styles;
  readonly tone?: Tone;
}

/** A text in one of the styles of the app. It grows with the text size of the device. */
export function AppText({ kind = 'body', tone = 'text', style, ...props }: Props) {
  const theme = useTheme();
  const isHeading = kind === 'title' || kind === 'heading';
  return (
    <Text
      {...(isHeading ? { role: 'heading' as const, 'aria-level': kind === 'title' ? 1 : 2 } : {})}
      style={[styles[kind], { color: theme[tone] }, style]}
      {...props}
    />
  );
}

const styles = StyleSheet.create({
  title: { fontSize: 30, lineHeight: 36, fontWeight: '700', letterSpacing: -0.4 },
  heading: { fontSize: 17, lineHeight: 23, fontWeight: '600' },
  body: { fontSize: 16, lineHeight: 23 },
  reading: { fontSize: 18, lineHeight: 29 },
  label: { fontSize: 14, lineHeight: 20, fontWeight: '600' },
  caption: { fontSize: 14, lineHeight: 20 },
  tab: { fontSize: 12, lineHeight: 16, fontWeight: '600' },
});
