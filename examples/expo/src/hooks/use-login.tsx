import { isLatchkeyError, type LogoutReason, type User } from '@latchkey/client';
import {
  createContext,
  type PropsWithChildren,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react';
import { client } from '../client';
import { useActive } from './use-active';

export type LoginState =
  /** The storage is being read. */
  | { readonly status: 'loading' }
  /** The storage could not be read, so it is not known whether there is a login. */
  | { readonly status: 'unknown'; readonly error: unknown }
  | { readonly status: 'logged_in'; readonly user: User }
  | { readonly status: 'logged_out'; readonly reason?: LogoutReason | undefined };

interface Login {
  readonly state: LoginState;
  /** Whether the device keeps the login. If not, a restart of the app ends it. */
  readonly isStored: boolean;
  /** Reads the login again: another tab of the browser may have ended it. */
  readonly check: () => Promise<void>;
}

const LoginContext = createContext<Login | undefined>(undefined);

/** Follows the login of the client: at start, after a login, and when the service ends it. */
export function LoginProvider({ children }: PropsWithChildren) {
  const [state, setState] = useState<LoginState>({ status: 'loading' });
  const [isStored, setIsStored] = useState(true);

  useEffect(
    () =>
      client.onChange((event) => {
        if (event.type === 'login') setState({ status: 'logged_in', user: event.user });
        else if (event.type === 'logout') setState({ status: 'logged_out', reason: event.reason });
        else if (event.problem.operation === 'write') setIsStored(false);
      }),
    [],
  );

  const check = useCallback(async () => {
    try {
      const user = await client.user();
      // An event has told the reason of a logout already.
      setState((known) =>
        user
          ? { status: 'logged_in', user }
          : known.status === 'logged_out'
            ? known
            : { status: 'logged_out' },
      );
    } catch (error) {
      // The client never fails here for a login that it has in memory.
      if (isLatchkeyError(error)) setState({ status: 'unknown', error });
      else throw error;
    }
  }, []);
  useEffect(() => {
    void check();
  }, [check]);
  useActive(check);

  const login = useMemo(() => ({ state, isStored, check }), [state, isStored, check]);
  return <LoginContext value={login}>{children}</LoginContext>;
}

export function useLogin(): Login {
  const login = useContext(LoginContext);
  if (login === undefined) throw new Error('useLogin requires a LoginProvider.');
  return login;
}
