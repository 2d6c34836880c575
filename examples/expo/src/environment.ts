import { Platform } from 'react-native';

/** The URL of `npm start` on this machine. An Android emulator reaches the machine at another address. */
const LOCAL_URL = Platform.OS === 'android' ? 'http://10.0.2.2:8000' : 'http://localhost:8000';

/** The base URL of the service. Expo replaces the variable when it bundles the app. */
export const API_URL = process.env.EXPO_PUBLIC_API_URL || LOCAL_URL;
