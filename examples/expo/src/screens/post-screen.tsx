import type { Post } from '@latchkey/client';
import { Modal, ScrollView, StyleSheet, View } from 'react-native';
import { SafeAreaProvider, useSafeAreaInsets } from 'react-native-safe-area-context';
import { Button } from '../components/button';
import { AppText } from '../components/typography';
import { formatDay } from '../dates';
import { COLUMN_WIDTH, SPACE, useTheme } from '../theme';

interface Props {
  readonly post: Post;
  readonly onClose: () => void;
}

/** A post above the list. The back button of Android the Escape key and a swipe down on iOS close it. */
export const PostScreen = ({ post, onClose }: Props) => (
  <Modal
    animationType="slide"
    presentationStyle="pageSheet"
    allowSwipeDismissal
    aria-label={post.fields.title}
    onRequestClose={onClose}
  >
    <SafeAreaProvider>
      <Article post={post} onClose={onClose} />
    </SafeAreaProvider>
  </Modal>
);

function Article({ post: { fields }, onClose }: Props) {
  const theme = useTheme();
  const insets = useSafeAreaInsets();
  return (
    <ScrollView
      style={{ backgroundColor: theme.background }}
      contentContainerStyle={[
        styles.content,
        { paddingTop: insets.top + SPACE.s, paddingBottom: insets.bottom + SPACE.xl },
      ]}
    >
      <View style={styles.close}>
        <Button kind="plain" title="Close" label="Close post" onPress={onClose} />
      </View>
      <AppText kind="caption" tone="muted">
        {formatDay(fields.published_at)}
      </AppText>
      <AppText kind="title">{fields.title}</AppText>
      <AppText kind="reading" selectable>
        {fields.content}
      </AppText>
    </ScrollView>
  );
}

const styles = StyleSheet.create({
  content: {
    width: '100%',
    maxWidth: COLUMN_WIDTH,
    alignSelf: 'center',
    gap: SPACE.m,
    paddingHorizontal: SPACE.xl,
  },
  close: { alignItems: 'flex-end' },
});
