import { addNetworkStateListener } from 'expo-network';
import { useEffect, useSyncExternalStore } from 'react';
import { readConnection, reportConnection, subscribeToConnection } from '../connection';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

/** Returns whether the last request has reached the service. */
export const useIsOnline = (): boolean =>
  useSyncExternalStore(subscribeToConnection, readConnection, readConnection);

/** Reports a network that is lost before a request notices it. */
export function useNetworkReports(): void {
  useEffect(() => {
    const subscription = addNetworkStateListener(({ isConnected }) => {
      // A network that returns may not reach the service. The next request decides.
      if (isConnected === false) reportConnection(false);
    });
    return () => subscription.remove();
  }, []);
}

/** While there is no connection, repeats a request: as soon as there is a network, and after pauses that grow. */
export function useReconnect(request: () => Promise<void>): void {
  const isOnline = useIsOnline();
  useEffect(() => {
    if (isOnline) return undefined;
    let pauseMs = FIRST_PAUSE_MS;
    let timer: ReturnType<typeof setTimeout>;
    const schedule = () => {
      timer = setTimeout(() => {
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        schedule();
        void request();
      }, pauseMs);
    };
    schedule();
    const subscription = addNetworkStateListener(({ isConnected }) => {
      if (isConnected) void request();
    });
    return () => {
      clearTimeout(timer);
      subscription.remove();
    };
  }, [isOnline, request]);
}
