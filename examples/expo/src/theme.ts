import { useColorScheme } from 'react-native';

/** Colors by their use. Text on each background has a contrast of at least 4.5, borders of fields of at least 3. */
export interface Theme {
  readonly isDark: boolean;
  readonly background: string;
  readonly surface: string;
  readonly border: string;
  readonly fieldBorder: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly onAccent: string;
  readonly accentSoft: string;
  readonly danger: string;
  readonly dangerSoft: string;
  readonly warning: string;
  readonly warningSoft: string;
}

const LIGHT: Theme = {
  isDark: false,
  background: '#f4f6f5',
  surface: '#ffffff',
  border: '#dfe5e2',
  fieldBorder: '#7a8884',
  text: '#17211f',
  muted: '#55625e',
  accent: '#0b6b5b',
  onAccent: '#ffffff',
  accentSoft: '#dcefea',
  danger: '#b3261e',
  dangerSoft: '#fbe9e7',
  warning: '#694c00',
  warningSoft: '#fff0c9',
};

const DARK: Theme = {
  isDark: true,
  background: '#0f1514',
  surface: '#19211f',
  border: '#2b3633',
  fieldBorder: '#7b8985',
  text: '#e7edeb',
  muted: '#a2afab',
  accent: '#5ecbb6',
  onAccent: '#04241d',
  accentSoft: '#1b3832',
  danger: '#ffb4ab',
  dangerSoft: '#3a1f1c',
  warning: '#f2cf80',
  warningSoft: '#352b12',
};

/** Returns the colors of the color scheme of the device. */
export const useTheme = (): Theme => (useColorScheme() === 'dark' ? DARK : LIGHT);

/** Distances, in density-independent pixels. */
export const SPACE = { xs: 4, s: 8, m: 12, l: 16, xl: 24, xxl: 40 } as const;

/** The smallest width and height of what can be pressed (WCAG 2.2, 2.5.5; Human Interface Guidelines). */
export const TOUCH_TARGET = 44;

/** The widest column of text, on tablets and in browsers. */
export const COLUMN_WIDTH = 640;
