import { type ComponentType, useState } from 'react';
import { StyleSheet, View } from 'react-native';
import { useSafeAreaInsets } from 'react-native-safe-area-context';
import { AccountIcon, DevicesIcon, PostsIcon } from '../components/icons';
import { OfflineBanner } from '../components/offline-banner';
import { type Tab, TabBar } from '../components/tab-bar';
import { SelectedContext } from '../hooks/use-selected';
import { useTheme } from '../theme';
import { AccountScreen } from './account-screen';
import { DevicesScreen } from './devices-screen';
import { PostsScreen } from './posts-screen';

type Name = 'posts' | 'devices' | 'account';

const TABS: readonly (Tab<Name> & { readonly Screen: ComponentType })[] = [
  { name: 'posts', title: 'Posts', Icon: PostsIcon, Screen: PostsScreen },
  { name: 'devices', title: 'Devices', Icon: DevicesIcon, Screen: DevicesScreen },
  { name: 'account', title: 'Account', Icon: AccountIcon, Screen: AccountScreen },
];

/** The app of a user who is logged in. A screen that was opened stays, with its data and its position, and loads its data again when its tab is selected. */
export function Home() {
  const theme = useTheme();
  const { top } = useSafeAreaInsets();
  const [selected, setSelected] = useState<Name>('posts');
  const [opened, setOpened] = useState<readonly Name[]>(['posts']);
  const select = (name: Name) => {
    setSelected(name);
    setOpened((names) => (names.includes(name) ? names : [...names, name]));
  };
  return (
    <View style={[styles.app, { backgroundColor: theme.background, paddingTop: top }]}>
      <OfflineBanner />
      <View role="main" style={styles.main}>
        {TABS.filter(({ name }) => opened.includes(name)).map(({ name, Screen }) => (
          <View key={name} style={name === selected ? styles.screen : styles.hidden}>
            <SelectedContext value={name === selected}>
              <Screen />
            </SelectedContext>
          </View>
        ))}
      </View>
      <TabBar tabs={TABS} selected={selected} onSelect={select} />
    </View>
  );
}

const styles = StyleSheet.create({
  app: { flex: 1 },
  main: { flex: 1 },
  screen: { flex: 1 },
  hidden: { display: 'none' },
});
