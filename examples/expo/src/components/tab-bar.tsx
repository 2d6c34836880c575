import type { ComponentType } from 'react';
import { Pressable, StyleSheet, View } from 'react-native';
import { useSafeAreaInsets } from 'react-native-safe-area-context';
import { COLUMN_WIDTH, SPACE, TOUCH_TARGET, useTheme } from '../theme';
import { AppText } from './typography';

export interface Tab<Name extends string> {
  readonly name: Name;
  readonly title: string;
  readonly Icon: ComponentType<{ readonly color: string }>;
}

interface Props<Name extends string> {
  readonly tabs: readonly Tab<Name>[];
  readonly selected: Name;
  readonly onSelect: (name: Name) => void;
}

/** The tabs at the bottom of the app. */
export function TabBar<Name extends string>({ tabs, selected, onSelect }: Props<Name>) {
  const theme = useTheme();
  const { bottom } = useSafeAreaInsets();
  return (
    <View
      style={{
        backgroundColor: theme.surface,
        borderColor: theme.border,
        ...styles.bar,
        paddingBottom: bottom,
      }}
    >
      <View role="tablist" style={styles.tabs}>
        {tabs.map(({ name, title, Icon }) => {
          const isSelected = name === selected;
          return (
            <Pressable
              key={name}
              role="tab"
              aria-label={title}
              aria-selected={isSelected}
              onPress={() => onSelect(name)}
              style={styles.tab}
            >
              <Icon color={isSelected ? theme.accent : theme.muted} />
              <AppText kind="tab" tone={isSelected ? 'accent' : 'muted'}>
                {title}
              </AppText>
            </Pressable>
          );
        })}
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  bar: { borderTopWidth: 1 },
  tabs: { flexDirection: 'row', width: '100%', maxWidth: COLUMN_WIDTH, alignSelf: 'center' },
  tab: {
    flex: 1,
    minHeight: TOUCH_TARGET,
    alignItems: 'center',
    justifyContent: 'center',
    gap: SPACE.xs,
    paddingVertical: SPACE.s,
  },
});
