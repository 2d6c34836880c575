/** Where a login is kept: one text. A method may fail; the client reports it and keeps the login in memory. */
export interface LoginStorage {
  /** Identifies the storage. Tabs with the same name share a lock. */
  readonly name: string;
  read(): Promise<string | null | undefined>;
  write(text: string): Promise<void>;
  remove(): Promise<void>;
}

/** The default key of a login. SecureStore accepts letters, digits, `.`, `-` and `_`. */
export const DEFAULT_KEY = 'latchkey.login';
