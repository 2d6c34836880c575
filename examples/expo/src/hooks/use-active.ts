import { useEffect } from 'react';
import { AppState } from 'react-native';

/** Calls a function when the user returns to the app. */
export function useActive(run: () => Promise<void>): void {
  useEffect(() => {
    const subscription = AppState.addEventListener('change', (state) => {
      if (state === 'active') void run();
    });
    return () => subscription.remove();
  }, [run]);
}
