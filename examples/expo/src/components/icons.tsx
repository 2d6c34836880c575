import { StyleSheet, View } from 'react-native';

interface Props {
  readonly color: string;
}

// Drawn with views: an icon font or SVG would be another dependency for four pictures.

export const PostsIcon = ({ color }: Props) => (
  <View style={styles.icon}>
    <View style={[styles.page, { borderColor: color }]}>
      <View style={[styles.line, { backgroundColor: color }]} />
      <View style={[styles.line, { backgroundColor: color }]} />
      <View style={[styles.line, styles.shortLine, { backgroundColor: color }]} />
    </View>
  </View>
);

export const DevicesIcon = ({ color }: Props) => (
  <View style={styles.icon}>
    <View style={[styles.phone, { borderColor: color }]}>
      <View style={[styles.homeBar, { backgroundColor: color }]} />
    </View>
  </View>
);

export const AccountIcon = ({ color }: Props) => (
  <View style={styles.icon}>
    <View style={[styles.head, { borderColor: color }]} />
    <View style={[styles.shoulders, { borderColor: color }]} />
  </View>
);

/** The keyhole of the app. */
export const Logo = ({ color, background }: Props & { readonly background: string }) => (
  <View style={[styles.logo, { backgroundColor: background }]}>
    <View style={[styles.keyholeTop, { backgroundColor: color }]} />
    <View style={[styles.keyholeBase, { borderBottomColor: color }]} />
  </View>
);

const styles = StyleSheet.create({
  icon: { width: 24, height: 24, alignItems: 'center', justifyContent: 'center' },
  page: { width: 18, height: 20, borderWidth: 2, borderRadius: 4, padding: 3, gap: 2 },
  line: { height: 2, borderRadius: 1 },
  shortLine: { width: 5 },
  phone: {
    width: 14,
    height: 22,
    borderWidth: 2,
    borderRadius: 4,
    alignItems: 'center',
    justifyContent: 'flex-end',
    paddingBottom: 2,
  },
  homeBar: { width: 4, height: 2, borderRadius: 1 },
  head: { width: 10, height: 10, borderWidth: 2, borderRadius: 5, marginBottom: 2 },
  shoulders: {
    width: 20,
    height: 10,
    borderWidth: 2,
    borderTopLeftRadius: 10,
    borderTopRightRadius: 10,
    borderBottomLeftRadius: 3,
    borderBottomRightRadius: 3,
  },
  logo: { width: 64, height: 64, borderRadius: 18, alignItems: 'center', justifyContent: 'center' },
  keyholeTop: { width: 20, height: 20, borderRadius: 10 },
  keyholeBase: {
    width: 0,
    height: 0,
    marginTop: -6,
    borderLeftWidth: 8,
    borderRightWidth: 8,
    borderBottomWidth: 22,
    borderLeftColor: 'transparent',
    borderRightColor: 'transparent',
  },
});
