import { useCallback, useRef, useState } from 'react';
import { useFailure } from './use-failure';

interface Action<Args extends readonly unknown[]> {
  /** Runs the action, unless it is running. Returns whether it succeeded. */
  readonly run: (...args: Args) => Promise<boolean>;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly clear: () => void;
}

/** Runs what the user has asked for: at most once at a time, and with the error of the last attempt. */
export function useAction<Args extends readonly unknown[]>(
  action: (...args: Args) => Promise<unknown>,
): Action<Args> {
  const { error, fail, clear } = useFailure();
  const [isBusy, setIsBusy] = useState(false);
  const isRunning = useRef(false);
  const run = useCallback(
    async (...args: Args) => {
      if (isRunning.current) return false;
      isRunning.current = true;
      setIsBusy(true);
      try {
        await action(...args);
        clear();
        return true;
      } catch (reason) {
        fail(reason);
        return false;
      } finally {
        isRunning.current = false;
        setIsBusy(false);
      }
    },
    [action, fail, clear],
  );
  return { run, isBusy, error, clear };
}
