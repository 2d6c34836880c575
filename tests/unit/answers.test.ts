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
  UsernameTakenError,
} from '../../lib/errors.ts';
import { answerTo, type FailureGroup, refusalDetail, tokenAnswer } from '../../lib/http/answers.ts';

const answered = (error: unknown, group: FailureGroup = 'token') => {
  const { status, body = '' } = answerTo(error, group, 'request-1');
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

describe('a refused token', () => {
  it.each(REFUSALS)(
    '%s has the sentence of the original on either kind of route',
    (code, inBody, inHeader) => {
      expect(answered(new TokenError(code))).toEqual([400, { non_field_errors: [inBody] }]);
      expect(answered(new TokenError(code), 'protected')).toEqual([401, { detail: inHeader }]);
      expect(refusalDetail(code)).toBe(inHeader);
    },
  );

  it('asks for a token wherever it is answered with 401, and only there', () => {
    const headersOf = (group: FailureGroup) => answerTo(new TokenError('token_expired'), group, '').headers;
    expect(headersOf('protected')).toEqual({ 'WWW-Authenticate': 'JWT realm="api"' });
    expect(headersOf('token')).toBeUndefined();
  });
});

it.each([
  ['credentials_missing', 'Authentication credentials were not provided.'],
  ['credentials_empty', 'Invalid Authorization header. No credentials provided.'],
  ['credentials_with_spaces', 'Invalid Authorization header. Credentials string should not contain spaces.'],
] as const)('%s is answered with 401 and its sentence', (code, sentence) => {
  expect(answered(new AuthorizationError(code), 'protected')).toEqual([401, { detail: sentence }]);
  expect(refusalDetail(code)).toBe(sentence);
});

it.each(['unknown_user', 'disabled_user', 'wrong_password', 'unusable_hash', 'expensive_hash'] as const)(
  'a refused login never says that the reason was %s',
  (reason) => {
    expect(answered(new LoginRefusedError(reason, 7))).toEqual([
      400,
      { non_field_errors: ['Unable to log in with provided credentials.'] },
    ]);
  },
);

it('input that breaks a rule is answered with its fields, in their order', () => {
  const error = new InputError({ username: ['a', 'b'], password: ['c'] });
  expect(answerTo(error, 'token', '').body).toBe('{"username":["a","b"],"password":["c"]}');
});

it.each([
  ['body_malformed', 400],
  ['method_not_allowed', 405],
  ['body_too_large', 413],
  ['media_type_unsupported', 415],
] as const)('%s is answered with %i and its own detail', (code, status) => {
  expect(answered(new RequestError(code, 'why'))).toEqual([status, { detail: 'why' }]);
});

it('a taken username is answered on its field', () => {
  expect(answered(new UsernameTakenError())).toEqual([
    400,
    { username: ['A user with that username already exists.'] },
  ]);
});

it('what could not be checked is answered with 503 and when to try again, never with 401', () => {
  const error = new UnavailableError({ cause: new Error('connect ECONNREFUSED 10.0.0.1') });
  for (const group of ['token', 'protected'] as const) {
    expect(answered(error, group)).toEqual([
      503,
      { detail: 'Service temporarily unavailable, try again later.' },
    ]);
  }
  expect(answerTo(error, 'token', '').headers).toEqual({ 'Retry-After': '1' });
});

it.each([
  new InternalError('what is stored does not parse'),
  new TypeError('x of undefined'),
  'text',
  undefined,
])('an unknown error tells the client its request id and nothing else: %s', (error) => {
  for (const group of ['token', 'protected'] as const) {
    expect(answered(error, group)).toEqual([
      500,
      { detail: 'A server error occurred.', request_id: 'request-1' },
    ]);
  }
});

it('a token is answered alone', () => {
  expect(tokenAnswer('a.b.c')).toEqual({ status: 200, body: '{"token":"a.b.c"}' });
});
