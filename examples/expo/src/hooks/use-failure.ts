import { isLatchkeyError } from '@latchkey/client';
import { useCallback, useState } from 'react';
import { useLogin } from './use-login';

interface Failure {
  /** The error of the last attempt; undefined if it succeeded. */
  readonly error: unknown;
  readonly fail: (error: unknown) => void;
  readonly clear: () => void;
}

/** Keeps the error of a request. If there is no login any more, the app shows the login screen. */
export function useFailure(): Failure {
  const { check } = useLogin();
  const [error, setError] = useState<unknown>();
  const fail = useCallback(
    (reason: unknown) => {
      setError(reason);
      if (isLatchkeyError(reason) && reason.code === 'login_required') void check();
    },
    [check],
  );
  const clear = useCallback(() => setError(undefined), []);
  return { error, fail, clear };
}
