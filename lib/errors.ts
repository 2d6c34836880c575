/** Why a token is refused; the order of the checks is the order of this list (RFC 7519 §7.2, RFC 8725 §3). */
export type TokenErrorCode =
  | 'token_malformed'
  | 'token_algorithm_mismatch'
  | 'token_signature_invalid'
  | 'token_not_yet_valid'
  | 'token_expired'
  | 'token_audience_mismatch'
  | 'token_issuer_mismatch'
  | 'token_payload_invalid'
  | 'user_not_found'
  | 'user_disabled'
  | 'token_revoked'
  | 'refresh_reuse'
  | 'orig_iat_missing'
  | 'refresh_expired';

/** Why the credentials of an `Authorization` header are not even looked at as a token. */
export type AuthorizationErrorCode = 'credentials_missing' | 'credentials_empty' | 'credentials_with_spaces';

/** Why a request is refused before any rule is asked. */
export type RequestErrorCode =
  | 'body_too_large'
  | 'body_malformed'
  | 'media_type_unsupported'
  | 'method_not_allowed';

/** Every code there is. A code without a row in the table of answers does not compile. */
export type ErrorCode =
  | TokenErrorCode
  | AuthorizationErrorCode
  | RequestErrorCode
  | 'input_invalid'
  | 'login_refused'
  | 'username_taken'
  | 'throttled'
  | 'not_found'
  | 'unavailable'
  | 'internal';

/** What every error of this service has: a stable code. The message is for the log and holds nothing secret. */
export abstract class LatchkeyError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A token that is not valid. Never thrown for a check that could not be made. */
export class TokenError extends LatchkeyError {
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** An `Authorization` header that carries no token. */
export class AuthorizationError extends LatchkeyError {
  readonly code: AuthorizationErrorCode;

  constructor(code: AuthorizationErrorCode) {
    super(code);
    this.code = code;
  }
}

/** A request that is refused for its form. `detail` is what the client is told: fixed words and what it sent as metadata. */
export class RequestError extends LatchkeyError {
  readonly code: RequestErrorCode;
  readonly detail: string;

  constructor(code: RequestErrorCode, detail: string, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.detail = detail;
  }
}

/** Messages by field name, in the order of the fields; `non_field_errors` for the whole. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** Input whose fields break a rule, in the shape Django REST framework gives to it. */
export class InputError extends LatchkeyError {
  readonly code = 'input_invalid';
  readonly fields: FieldErrors;

  constructor(fields: FieldErrors) {
    super(`input_invalid: ${Object.keys(fields).join(', ')}`);
    this.fields = fields;
  }
}

/** Username and password that open no account: unknown, disabled or wrong, and nobody is told which. */
export class LoginRefusedError extends LatchkeyError {
  readonly code = 'login_refused';
  /** Which it was, for the log. */
  readonly reason: 'unknown_user' | 'disabled_user' | 'wrong_password' | 'unusable_hash' | 'expensive_hash';
  readonly userId: number | undefined;

  constructor(reason: LoginRefusedError['reason'], userId: number | undefined) {
    super(`login_refused: ${reason}`);
    this.reason = reason;
    this.userId = userId;
  }
}

/** An account of that name exists already. */
export class UsernameTakenError extends LatchkeyError {
  readonly code = 'username_taken';

  constructor() {
    super('username_taken');
  }
}

/** Too many attempts: this one was not even looked at. */
export class ThrottledError extends LatchkeyError {
  readonly code = 'throttled';
  /** After how many whole seconds another attempt may be made, at least 1. */
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('throttled');
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds));
  }
}

/** What a path names does not exist, or is not the caller's. */
export class NotFoundError extends LatchkeyError {
  readonly code = 'not_found';

  constructor() {
    super('not_found');
  }
}

/** Something this service leans on did not answer, or asks to slow down: nothing is known, try again. */
export class UnavailableError extends LatchkeyError {
  readonly code = 'unavailable';

  constructor(options: ErrorOptions) {
    super('unavailable', options);
  }
}

/** A fault of this service: a stored item that does not parse, a gateway that did not authorize. */
export class InternalError extends LatchkeyError {
  readonly code = 'internal';
}
