import { createClient } from '@latchkey/client';
import Constants from 'expo-constants';
import { randomUUID } from 'expo-crypto';
import { observedFetch } from './connection';
import { API_URL } from './environment';
import { loginStorage } from './login-storage';

/** The client of the service. The app has one. */
export const client = createClient({
  baseUrl: API_URL,
  storage: loginStorage,
  randomId: randomUUID,
  fetch: observedFetch,
  // The name of this device in the list of sessions.
  device: Constants.deviceName ?? 'Example app',
});
