import { DEFAULT_KEY, type LoginStorage } from './storage.ts';

export type { LoginStorage } from './storage.ts';

/** The parts of `localStorage` that the adapter uses. */
export interface LocalStorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * Keeps a login in `localStorage`, which all tabs of an origin share. Scripts of the page can read it.
 *
 * @param getStorage returns the storage. It is a function because access to `window.localStorage` throws an error where the
 *   browser blocks it.
 */
export const localStorage = (getStorage: () => LocalStorageLike, key = DEFAULT_KEY): LoginStorage => ({
  name: key,
  read: async () => getStorage().getItem(key),
  write: async (text) => getStorage().setItem(key, text),
  remove: async () => getStorage().removeItem(key),
});
