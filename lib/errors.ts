/** Why a token is rejected, in the order of the checks (RFC 7519 §7.2, RFC 8725 §3). */
export const TOKEN_ERRORS = [
  'token_malformed',
  'token_algorithm_mismatch',
  'token_signature_invalid',
  'token_not_yet_valid',
  'token_expired',
  'token_audience_mismatch',
  'token_issuer_mismatch',
  'token_payload_invalid',
  'user_not_found',
  'user_disabled',
  'token_revoked',
] as const;

/** Why a valid token is not refreshed. */
export const REFRESH_ERRORS = ['refresh_reuse', 'orig_iat_missing', 'refresh_expired'] as const;

/** Why an `Authorization` header contains no token. */
export const AUTHORIZATION_ERRORS = [
  'credentials_missing',
  'credentials_empty',
  'credentials_with_spaces',
] as const;

/** Why the body of a request is rejected before its handler runs. */
export const BODY_ERRORS = ['media_type_unsupported', 'body_too_large', 'body_malformed'] as const;

/** Why any request may fail. */
export const FAULTS = ['internal', 'unavailable'] as const;

export type TokenErrorCode = (typeof TOKEN_ERRORS)[number] | (typeof REFRESH_ERRORS)[number];
export type AuthorizationErrorCode = (typeof AUTHORIZATION_ERRORS)[number];
/** Why a request is rejected before its handler runs. */
export type RequestErrorCode = (typeof BODY_ERRORS)[number] | 'method_not_allowed';

/** All error codes. The table of responses in http/responses.ts does not compile unless it has a row for each. */
export type ErrorCode =
  | TokenErrorCode
  | AuthorizationErrorCode
  | RequestErrorCode
  | 'input_invalid'
  | 'login_refused'
  | 'throttled'
  | 'not_found'
  | (typeof FAULTS)[number];

/** An error of this service, with a stable code. Its message is written to the log and contains no secret. */
export abstract class LatchkeyError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;

  /** @param options `message` is the code by default */
  constructor(code: Code, options?: ErrorOptions & { readonly message?: string }) {
    super(options?.message ?? code, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The token is not valid. Not thrown if the token could not be checked. */
export class TokenError extends LatchkeyError<TokenErrorCode> {}

/** The `Authorization` header contains no token. */
export class AuthorizationError extends LatchkeyError<AuthorizationErrorCode> {}

/** The request is malformed. `detail` is sent to the client; it contains only fixed text and request metadata. */
export class RequestError extends LatchkeyError<RequestErrorCode> {
  readonly detail: string;

  constructor(code: RequestErrorCode, detail: string, options?: ErrorOptions) {
    super(code, options);
    this.detail = detail;
  }
}

/** Messages by field name, in the order of the fields. `non_field_errors` concerns the whole body. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** Fields of the request are invalid. The messages have the format of Django REST framework. */
export class InputError extends LatchkeyError<'input_invalid'> {
  readonly fields: FieldErrors;

  constructor(fields: FieldErrors) {
    super('input_invalid', { message: `input_invalid: ${Object.keys(fields).join(', ')}` });
    this.fields = fields;
  }
}

/** The login failed: the user is unknown or disabled, or the password is wrong. The response does not disclose which. */
export class LoginRefusedError extends LatchkeyError<'login_refused'> {
  /** The reason, for the log. */
  readonly reason: 'unknown_user' | 'disabled_user' | 'wrong_password' | 'unusable_hash' | 'expensive_hash';
  readonly userId: number | undefined;

  constructor(reason: LoginRefusedError['reason'], userId: number | undefined) {
    super('login_refused', { message: `login_refused: ${reason}` });
    this.reason = reason;
    this.userId = userId;
  }
}

/** The username is taken. No route creates users, so it has no code. */
export class UsernameTakenError extends Error {}

/** There were too many attempts, so the password was not checked. */
export class ThrottledError extends LatchkeyError<'throttled'> {
  /** Time until the next attempt is allowed, in whole seconds, at least 1. */
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('throttled');
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds));
  }
}

/** The resource does not exist, or does not belong to the caller. */
export class NotFoundError extends LatchkeyError<'not_found'> {
  constructor() {
    super('not_found');
  }
}

/** A dependency did not respond, or throttled the request. The outcome is unknown; the client can retry. */
export class UnavailableError extends LatchkeyError<'unavailable'> {
  constructor(options: ErrorOptions) {
    super('unavailable', options);
  }
}

/** A fault in this service, such as a stored item that does not parse, or a missing authorizer. */
export class InternalError extends LatchkeyError<'internal'> {
  constructor(message: string, options?: ErrorOptions) {
    super('internal', { ...options, message });
  }
}
