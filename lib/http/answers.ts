import {
  type AuthorizationErrorCode,
  type ErrorCode,
  type FieldErrors,
  InputError,
  LatchkeyError,
  RequestError,
  ThrottledError,
  type TokenErrorCode,
} from '../errors.ts';

/** A response. Headers that it does not set get their default values. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body: JSON, unless `Content-Type` is set. */
  readonly body?: string;
}

/**
 * How a route words its errors: as the routes that take a token in the body, or as protected ones. Routes that the original
 * lacks are of the group `extension`: worded as protected ones, with the code beside `detail`.
 */
export type FailureGroup = 'token' | 'protected' | 'extension';

interface Row {
  readonly status: number;
  /** The member that holds the sentence: `detail` as text, any other as a list; `from_error` if the error has both. */
  readonly shape: 'detail' | 'non_field_errors' | 'username' | 'from_error';
  readonly sentence: string;
}

const row = (status: number, shape: Row['shape'], sentence = '') => {
  const answer: Row = { status, shape, sentence };
  return { token: answer, protected: answer };
};

/** The sentences of the original for a rejected token in the body, and for one in the header. */
const refusal = (inBody: string, inHeader = inBody) => ({
  token: { status: 400, shape: 'non_field_errors', sentence: inBody } as const,
  protected: { status: 401, shape: 'detail', sentence: inHeader } as const,
});

const DECODING = 'Error decoding signature.';
const INCORRECT = 'Incorrect authentication credentials.';

/** The response to each code, by group. Status numbers of errors are here only. */
const ANSWERS: Readonly<Record<ErrorCode, Readonly<Record<Exclude<FailureGroup, 'extension'>, Row>>>> = {
  token_malformed: refusal(DECODING),
  token_algorithm_mismatch: refusal(DECODING, INCORRECT),
  token_signature_invalid: refusal(DECODING),
  token_not_yet_valid: refusal(DECODING, INCORRECT),
  token_expired: refusal('Signature has expired.'),
  token_audience_mismatch: refusal(DECODING, INCORRECT),
  token_issuer_mismatch: refusal(DECODING, INCORRECT),
  token_payload_invalid: refusal('Invalid payload.'),
  user_not_found: refusal("User doesn't exist.", 'Invalid signature.'),
  user_disabled: refusal('User account is disabled.'),
  token_revoked: refusal('Token has been revoked.'),
  refresh_reuse: refusal('Token has been revoked.'),
  orig_iat_missing: refusal('orig_iat field is required.'),
  refresh_expired: refusal('Refresh has expired.'),
  credentials_missing: refusal('Authentication credentials were not provided.'),
  credentials_empty: refusal('Invalid Authorization header. No credentials provided.'),
  credentials_with_spaces: refusal(
    'Invalid Authorization header. Credentials string should not contain spaces.',
  ),
  login_refused: row(400, 'non_field_errors', 'Unable to log in with provided credentials.'),
  username_taken: row(400, 'username', 'A user with that username already exists.'),
  input_invalid: row(400, 'from_error'),
  body_malformed: row(400, 'from_error'),
  method_not_allowed: row(405, 'from_error'),
  body_too_large: row(413, 'from_error'),
  media_type_unsupported: row(415, 'from_error'),
  throttled: row(429, 'detail', 'Request was throttled.'),
  not_found: row(404, 'detail', 'Not found.'),
  internal: row(500, 'detail', 'A server error occurred.'),
  unavailable: row(503, 'detail', 'Service temporarily unavailable, try again later.'),
};

/** Headers of a status. @see RFC 9110 §11.6.1 (WWW-Authenticate), §10.2.3 (Retry-After, in seconds) */
const STATUS_HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'WWW-Authenticate': 'JWT realm="api"' },
  503: { 'Retry-After': '1' },
};

/** Creates a response with a JSON body. */
export const json = (status: number, value: unknown): Answer => ({ status, body: JSON.stringify(value) });

/** Creates a response with a token, in the form of the original. */
export const tokenAnswer = (token: string): Answer => json(200, { token });

/** Returns the code of an error; `internal` for an error that is not of this service. */
export const codeOf = (error: unknown): ErrorCode =>
  error instanceof LatchkeyError ? error.code : 'internal';

/** Returns the sentence of a protected route for a rejected `Authorization` header, for the context of the authorizer. */
export const refusalDetail = (code: TokenErrorCode | AuthorizationErrorCode): string =>
  ANSWERS[code].protected.sentence;

/** Creates the response to an error. That to an unknown error has the id of the request, and no information on the error. */
export function answerTo(error: unknown, group: FailureGroup, requestId: string): Answer {
  const code = codeOf(error);
  const { status, shape, sentence } = ANSWERS[code][group === 'token' ? 'token' : 'protected'];
  const wait = error instanceof ThrottledError && { 'Retry-After': String(error.retryAfterSeconds) };
  const headers = wait || STATUS_HEADERS[status];
  const hasCode = group === 'extension' || error instanceof ThrottledError;
  const body = fieldsOf(error, shape, sentence) ?? {
    detail: detailOf(error, sentence),
    ...(code === 'internal' && { request_id: requestId }),
    ...(hasCode && { code }),
  };
  return { ...json(status, body), ...(headers && { headers }) };
}

/** Returns the messages of an error by field; undefined for an error that has a `detail`. */
function fieldsOf(error: unknown, shape: Row['shape'], sentence: string): FieldErrors | undefined {
  if (error instanceof InputError) return error.fields;
  return shape === 'detail' || shape === 'from_error' ? undefined : { [shape]: [sentence] };
}

function detailOf(error: unknown, sentence: string): string {
  if (error instanceof RequestError) return error.detail;
  if (!(error instanceof ThrottledError)) return sentence;
  const seconds = error.retryAfterSeconds;
  return `${sentence} Expected available in ${seconds} second${seconds === 1 ? '' : 's'}.`;
}
