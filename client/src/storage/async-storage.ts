import { DEFAULT_KEY, type LoginStorage } from './storage.ts';

export type { LoginStorage } from './storage.ts';

/** The parts of `@react-native-async-storage/async-storage` that the adapter uses. */
export interface AsyncStorageLike {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
}

/** Keeps a login in AsyncStorage of React Native. It is not encrypted: prefer SecureStore for tokens. */
export const asyncStorage = (storage: AsyncStorageLike, key = DEFAULT_KEY): LoginStorage => ({
  name: key,
  read: () => storage.getItem(key),
  write: (text) => storage.setItem(key, text),
  remove: () => storage.removeItem(key),
});
