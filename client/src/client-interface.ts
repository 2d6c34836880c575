import type { LogoutReason } from './errors.ts';
import type { StorageProblem } from './login-store.ts';
import type { Post } from './posts.ts';
import type { Fetch, GlobalFetch, Runtime } from './runtime.ts';
import type { LoginStorage } from './storage/storage.ts';

export interface ClientOptions<F extends Fetch = GlobalFetch> {
  /** The URL of the service. It ends with the stage name unless the service has its own domain. */
  readonly baseUrl: string;
  readonly storage: LoginStorage;
  /** The `fetch` to use; by default, the global one. */
  readonly fetch?: F;
  /** The name of the device in the list of sessions, at most 100 characters. */
  readonly device?: string;
  /**
   * Creates a random id that cannot be guessed, such as `randomUUID` of `expo-crypto`. Required where `crypto.getRandomValues`
   * is missing, as in React Native.
   */
  readonly randomId?: () => string;
  /** Replaces parts of the runtime, such as the clock in a test. */
  readonly runtime?: Partial<Runtime>;
}

/** The user of a login, by the claims of the token. */
export interface User {
  readonly id: number;
  readonly username: string;
  readonly email: string;
}

/** A change of the login, or a failure of the storage. */
export type ClientEvent =
  | { readonly type: 'login'; readonly user: User }
  | { readonly type: 'logout'; readonly reason: LogoutReason }
  | { readonly type: 'storage'; readonly problem: StorageProblem };

/** A session of the user. */
export interface Session {
  readonly id: string;
  readonly device: string | null;
  readonly address: string | null;
  readonly created_at: string;
  readonly refreshed_at: string;
  readonly current: boolean;
}

/** The `init` of a request: that of the runtime, with headers as an object. */
export type RequestInitOf<F extends Fetch> = Omit<NonNullable<Parameters<F>[1]>, 'headers'> & {
  readonly headers?: Readonly<Record<string, string>>;
};

/** Every method can throw `unavailable` and `not_the_service`; methods that need a login also `login_required`. */
export interface Client<F extends Fetch = GlobalFetch> {
  /** Logs in, and replaces a previous login. @throws {LatchkeyError} credentials_refused, invalid_input, throttled */
  login(username: string, password: string): Promise<User>;
  /**
   * Takes over a token that the app has stored itself, such as one that Django issued. It is refreshed at the next request.
   *
   * @throws {LatchkeyError} request_refused if it is not a token
   */
  adopt(token: string): Promise<User>;
  /** Removes the login from this device, and ends its session. Returns whether the service has confirmed that. */
  logout(): Promise<boolean>;
  /**
   * Sends a request with the token. Refreshes the token first if less than half of its lifetime is left. If the service
   * responds that the token has expired, refreshes it and sends the request again, so the body must not be a stream.
   *
   * @param path a path such as `/api/account/`, or a URL that begins with the base URL
   * @returns the response, with any status except a 401 that ends the login
   */
  fetch(path: string, init?: RequestInitOf<F>): Promise<Awaited<ReturnType<F>>>;
  /** Refreshes the token now. A refresh that is running is joined. */
  refresh(): Promise<void>;
  /** Returns the user of the login, without a request; undefined if there is none. @throws {LatchkeyError} storage_failed */
  user(): Promise<User | undefined>;
  readonly sessions: {
    list(): Promise<Session[]>;
    /** Ends a session of the user by its id. */
    end(id: string): Promise<void>;
    /** Ends all sessions of the user except this one. */
    endOthers(): Promise<void>;
  };
  /** Changes the password and ends all other sessions. @throws {LatchkeyError} invalid_input, throttled */
  changePassword(currentPassword: string, newPassword: string): Promise<void>;
  /** Lists the posts, newest first, page by page. @param options the posts of a page, from 1 to 1,000; 100 by default */
  posts(options?: { readonly limit?: number }): AsyncIterableIterator<Post[]>;
  /** Calls a function at each change. Returns a function that ends the calls. */
  onChange(listener: (event: ClientEvent) => void): () => void;
}
