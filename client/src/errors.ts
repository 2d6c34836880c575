/** Why a login has ended. */
export type LogoutReason =
  /** `logout` was called. */
  | 'logged_out'
  /** The token has expired, and the service does not refresh it. */
  | 'expired'
  /** The session has ended: on another device, by a change of the password, or because a token was reused. */
  | 'revoked'
  | 'user_not_found'
  | 'user_disabled'
  /** The service does not accept the token, for example because its secret has changed. */
  | 'token_refused';

/** What went wrong. */
export type ErrorCode =
  /** The user is not logged in, or the login has ended for a `reason`. */
  | 'login_required'
  /** The username or the password is wrong. */
  | 'credentials_refused'
  /** Fields of the request are not valid; `fields` has the sentences for the user. */
  | 'invalid_input'
  /** There were too many requests. Retry after `retryAfterSeconds`. */
  | 'throttled'
  /** There was no complete response, or the service failed. Retry later. The login is kept. */
  | 'unavailable'
  /** The base URL responds with HTML, a redirect or another foreign body: a wrong URL, or a captive portal. The login is kept. */
  | 'not_the_service'
  /** The service refused the request. This is a fault of the app. */
  | 'request_refused'
  /** The storage could not be read, so it is not known whether there is a login. */
  | 'storage_failed';

/** The details of a {@link LatchkeyError}. */
export interface ErrorDetails {
  readonly reason?: LogoutReason | undefined;
  /** Sentences by the name of the field. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  readonly retryAfterSeconds?: number | undefined;
  /** The status of the response, if there was one. */
  readonly status?: number;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

/** An error of the client. Branch on `code`. */
export interface LatchkeyError extends Error, Omit<ErrorDetails, 'cause'> {
  readonly name: 'LatchkeyError';
  readonly code: ErrorCode;
  readonly cause?: unknown;
}

/** Creates an error. It is not a class, because a subclass of `Error` that is compiled to ES5 has no methods. */
export const createError = (code: ErrorCode, message: string, details: ErrorDetails = {}): LatchkeyError =>
  Object.assign(new Error(message), details, { name: 'LatchkeyError' as const, code });

/** Returns whether an error is one of this client. */
export const isLatchkeyError = (error: unknown): error is LatchkeyError =>
  error instanceof Error && error.name === 'LatchkeyError';
