import { isLatchkeyError } from '@latchkey/client';
import { useEffect, useMemo } from 'react';

/**
 * Returns when the service accepts the next attempt; undefined if it accepts one now.
 *
 * @param onEnd is called at that time
 */
export function useWait(error: unknown, onEnd: () => void): Date | undefined {
  const until = useMemo(() => {
    const seconds =
      isLatchkeyError(error) && error.code === 'throttled' ? error.retryAfterSeconds : undefined;
    return seconds === undefined ? undefined : new Date(Date.now() + seconds * 1000);
  }, [error]);
  useEffect(() => {
    if (until === undefined) return undefined;
    const timer = setTimeout(onEnd, until.getTime() - Date.now());
    return () => clearTimeout(timer);
  }, [until, onEnd]);
  return until;
}
