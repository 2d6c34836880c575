import { expoSecureStore } from '@latchkey/client/expo-secure-store';
import * as SecureStore from 'expo-secure-store';

/** Keeps the login in the keychain of iOS or the keystore of Android. */
export const loginStorage = expoSecureStore(SecureStore);
