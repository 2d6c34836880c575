import * as v from 'valibot';
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

/** A response. Headers that are not set get default values. */
export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body: JSON, unless `Content-Type` is set. */
  readonly body?: string;
  /** Whether the body is in base64. API Gateway decodes it. */
  readonly isBase64Encoded?: boolean;
}

/**
 * The format of a route's error responses: `token` for the token routes of the original service, `protected` for its
 * protected routes, `extension` for routes that it lacks. `extension` is the format of `protected` with the error code
 * in addition to `detail`.
 */
export type FailureGroup = 'token' | 'protected' | 'extension';

interface Row {
  readonly status: number;
  /** The member that holds the message: `detail` is a string, `non_field_errors` a list. */
  readonly shape: 'detail' | 'non_field_errors';
  /** The message; empty if the error has its own. */
  readonly sentence: string;
}

const row = (status: number, shape: Row['shape'] = 'detail', sentence = '') => {
  const response: Row = { status, shape, sentence };
  return { token: response, protected: response };
};

/** The original's messages for a rejected token in the body and in the header. */
const refusal = (inBody: string, inHeader = inBody) => ({
  token: { status: 400, shape: 'non_field_errors', sentence: inBody } as const,
  protected: { status: 401, shape: 'detail', sentence: inHeader } as const,
});

const DECODING = 'Error decoding signature.';
const INCORRECT = 'Incorrect authentication credentials.';

/**
 * The response to each error code, by group. Error status codes of functions are defined only here;
 * deploy/resources/gateway-responses.yml defines those of API Gateway.
 */
const RESPONSES: Readonly<Record<ErrorCode, Readonly<Record<Exclude<FailureGroup, 'extension'>, Row>>>> = {
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
  input_invalid: row(400),
  body_malformed: row(400),
  method_not_allowed: row(405),
  body_too_large: row(413),
  media_type_unsupported: row(415),
  throttled: row(429, 'detail', 'Request was throttled.'),
  not_found: row(404, 'detail', 'Not found.'),
  internal: row(500, 'detail', 'A server error occurred.'),
  unavailable: row(503, 'detail', 'Service temporarily unavailable, try again later.'),
};

/** Response headers by status code. @see RFC 9110 §11.6.1 (WWW-Authenticate), §10.2.3 (Retry-After, in seconds) */
const STATUS_HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'WWW-Authenticate': 'JWT realm="api"' },
  503: { 'Retry-After': '1' },
};

/** Creates a response with a JSON body. */
export const json = (status: number, value: unknown): HttpResponse => ({
  status,
  body: JSON.stringify(value),
});

/** The `user` member of a response with a token. */
export interface ResponseUser {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** The body of a response with a token. It has a user only with the setting `RESPONSE_USER`. */
export const tokenBody = v.pipe(
  v.strictObject({
    token: v.pipe(v.string(), v.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/)),
    user: v.optional(
      v.strictObject({
        pk: v.pipe(v.number(), v.integer()),
        username: v.string(),
        email: v.string(),
        first_name: v.string(),
        last_name: v.string(),
      }),
    ),
  }),
  v.title('Token'),
);
type TokenBody = v.InferOutput<typeof tokenBody>;

/**
 * Creates a response with a token, in the format of the original service.
 *
 * @param user the `user` member, as a `JWT_RESPONSE_PAYLOAD_HANDLER` usually adds it; undefined omits it
 */
export function tokenResponse(token: string, user?: ResponseUser): HttpResponse {
  const body: TokenBody = { token, ...(user && { user: serializeUser(user) }) };
  return json(200, body);
}

const serializeUser = ({ id: pk, username, email, firstName, lastName }: ResponseUser) => ({
  pk,
  username,
  email,
  first_name: firstName,
  last_name: lastName,
});

/** Returns the code of an error, or `internal` for an error from outside this service. */
export const codeOf = (error: unknown): ErrorCode =>
  error instanceof LatchkeyError ? error.code : 'internal';

/** Returns the message for a rejected `Authorization` header. The authorizer passes it to API Gateway in its context. */
export const refusalDetail = (code: TokenErrorCode | AuthorizationErrorCode): string =>
  RESPONSES[code].protected.sentence;

/** The response to an error code: its row, and whether the body names the code. */
export interface ErrorRow extends Row {
  readonly hasCode: boolean;
  readonly hasRequestId: boolean;
}

/** Returns how a route of a group answers an error code. */
export const errorRow = (code: ErrorCode, group: FailureGroup): ErrorRow => ({
  ...RESPONSES[code][group === 'token' ? 'token' : 'protected'],
  hasCode: group === 'extension' || code === 'throttled',
  hasRequestId: code === 'internal',
});

/** Creates the response to an error. For an unknown error, it contains the request id and no details. */
export function errorResponse(error: unknown, group: FailureGroup, requestId: string): HttpResponse {
  const code = codeOf(error);
  const { status, shape, sentence, hasCode, hasRequestId } = errorRow(code, group);
  const wait = error instanceof ThrottledError && { 'Retry-After': String(error.retryAfterSeconds) };
  const headers = wait || STATUS_HEADERS[status];
  const body = fieldsOf(error, shape, sentence) ?? {
    detail: detailOf(error, sentence),
    ...(hasRequestId && { request_id: requestId }),
    ...(hasCode && { code }),
  };
  return { ...json(status, body), ...(headers && { headers }) };
}

/** Returns the messages of an error by field, or undefined for an error that has a `detail`. */
function fieldsOf(error: unknown, shape: Row['shape'], sentence: string): FieldErrors | undefined {
  if (error instanceof InputError) return error.fields;
  return shape === 'non_field_errors' ? { non_field_errors: [sentence] } : undefined;
}

function detailOf(error: unknown, sentence: string): string {
  if (error instanceof RequestError) return error.detail;
  if (!(error instanceof ThrottledError)) return sentence;
  const seconds = error.retryAfterSeconds;
  return `${sentence} Expected available in ${seconds} second${seconds === 1 ? '' : 's'}.`;
}
