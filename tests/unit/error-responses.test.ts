import { describe, expect, it } from 'vitest';
import {
  AuthorizationError,
  InputError,
  InternalError,
  LoginRefusedError,
  RequestError,
  TokenError,
  type TokenErrorCode,
  UnavailableError,
} from '../../lib/errors.ts';
import { errorResponse, type FailureGroup, refusalDetail, tokenResponse } from '../../lib/http/responses.ts';

const statusAndBody = (error: unknown, group: FailureGroup = 'token') => {
  const { status, body = '' } = errorResponse(error, group, 'request-1');
  return [status, JSON.parse(body)];
};

const REFUSALS: [TokenErrorCode, string, string][] = [
  ['token_malformed', 'Error decoding signature.', 'Error decoding signature.'],
  ['token_algorithm_mismatch', 'Error decoding signature.', 'Incorrect authentication credentials.'],
  ['token_signature_invalid', 'Error decoding signature.', 'Error decoding signature.'],
  ['token_not_yet_valid', 'Error decoding signature.', 'Incorrect authentication credentials.'],
  ['token_expired', 'Signature has expired.', 'Signature has expired.'],
  ['token_audience_mismatch', 'Error decoding signature.', 'Incorrect authentication credentials.'],
  ['token_issuer_mismatch', 'Error decoding signature.', 'Incorrect authentication credentials.'],
  ['token_payload_invalid', 'Invalid payload.', 'Invalid payload.'],
  ['user_not_found', "User doesn't exist.", 'Invalid signature.'],
  ['user_disabled', 'User account is disabled.', 'User account is disabled.'],
  ['orig_iat_missing', 'orig_iat field is required.', 'orig_iat field is required.'],
  ['refresh_expired', 'Refresh has expired.', 'Refresh has expired.'],
];

describe('response to a rejected token', () => {
  it.each(REFUSALS)(
    'has the message of the original on token and protected routes: %s',
    (code, inBody, inHeader) => {
      expect(statusAndBody(new TokenError(code))).toEqual([400, { non_field_errors: [inBody] }]);
      expect(statusAndBody(new TokenError(code), 'protected')).toEqual([401, { detail: inHeader }]);
      expect(refusalDetail(code)).toBe(inHeader);
    },
  );

  it('has WWW-Authenticate if the status is 401, and only then', () => {
    const headersOf = (group: FailureGroup) =>
      errorResponse(new TokenError('token_expired'), group, '').headers;
    expect(headersOf('protected')).toEqual({ 'WWW-Authenticate': 'JWT realm="api"' });
    expect(headersOf('token')).toBeUndefined();
  });
});

it.each([
  ['credentials_missing', 'Authentication credentials were not provided.'],
  ['credentials_empty', 'Invalid Authorization header. No credentials provided.'],
  ['credentials_with_spaces', 'Invalid Authorization header. Credentials string should not contain spaces.'],
] as const)('responds to %s with 401 and its message', (code, sentence) => {
  expect(statusAndBody(new AuthorizationError(code), 'protected')).toEqual([401, { detail: sentence }]);
  expect(refusalDetail(code)).toBe(sentence);
});

it.each(['unknown_user', 'disabled_user', 'wrong_password', 'unusable_hash', 'expensive_hash'] as const)(
  'does not disclose that a login was refused because of %s',
  (reason) => {
    expect(statusAndBody(new LoginRefusedError(reason, 7))).toEqual([
      400,
      { non_field_errors: ['Unable to log in with provided credentials.'] },
    ]);
  },
);

it('responds to invalid input with its fields, in order', () => {
  const error = new InputError({ username: ['a', 'b'], password: ['c'] });
  expect(errorResponse(error, 'token', '').body).toBe('{"username":["a","b"],"password":["c"]}');
});

it.each([
  ['body_malformed', 400],
  ['method_not_allowed', 405],
  ['body_too_large', 413],
  ['media_type_unsupported', 415],
] as const)('responds to %s with %i and the detail of the error', (code, status) => {
  expect(statusAndBody(new RequestError(code, 'why'))).toEqual([status, { detail: 'why' }]);
});

it('responds with 503 and Retry-After, never with 401, if a dependency is unavailable', () => {
  const error = new UnavailableError({ cause: new Error('connect ECONNREFUSED 10.0.0.1') });
  for (const group of ['token', 'protected'] as const) {
    expect(statusAndBody(error, group)).toEqual([
      503,
      { detail: 'Service temporarily unavailable, try again later.' },
    ]);
  }
  expect(errorResponse(error, 'token', '').headers).toEqual({ 'Retry-After': '1' });
});

it.each([
  new InternalError('the stored item does not parse'),
  new TypeError('x of undefined'),
  'text',
  undefined,
])('responds to an unknown error with the request id and no details: %s', (error) => {
  for (const group of ['token', 'protected'] as const) {
    expect(statusAndBody(error, group)).toEqual([
      500,
      { detail: 'A server error occurred.', request_id: 'request-1' },
    ]);
  }
});

it('responds with a token and nothing else', () => {
  expect(tokenResponse('a.b.c')).toEqual({ status: 200, body: '{"token":"a.b.c"}' });
});
