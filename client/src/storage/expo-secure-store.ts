import { DEFAULT_KEY, type LoginStorage } from './storage.ts';

export type { LoginStorage } from './storage.ts';

/** The parts of the module `expo-secure-store` that the adapter uses. */
export interface SecureStoreLike<Options> {
  getItemAsync(key: string, options?: Options): Promise<string | null>;
  setItemAsync(key: string, value: string, options?: Options): Promise<void>;
  deleteItemAsync(key: string, options?: Options): Promise<void>;
}

/**
 * Keeps a login in the keychain of iOS or the keystore of Android, through the module `expo-secure-store`.
 *
 * @param options options of SecureStore, such as `keychainAccessible`
 */
export const expoSecureStore = <Options>(
  module: SecureStoreLike<Options>,
  { key = DEFAULT_KEY, options }: { readonly key?: string; readonly options?: Options } = {},
): LoginStorage => ({
  name: key,
  read: () => module.getItemAsync(key, options),
  write: (text) => module.setItemAsync(key, text, options),
  remove: () => module.deleteItemAsync(key, options),
});
