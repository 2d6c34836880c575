import { localStorage } from '@latchkey/client/local-storage';

/** Keeps the login in `localStorage`, because a browser has no SecureStore. */
export const loginStorage = localStorage(() => window.localStorage);
