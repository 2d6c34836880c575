import { describe, expect, it } from 'vitest';
import {
  AuthorizationError,
  type AuthorizationErrorCode,
  InternalError,
  TokenError,
} from '../../lib/errors.ts';
import { parseAuthorization } from '../../lib/http/credentials.ts';
import { principalOf } from '../../lib/http/principal.ts';

const PREFIXES = ['JWT', 'Bearer'];
const NOW = 1_700_000_000;

describe('Authorization header', () => {
  it.each(['JWT a.b.c', 'jwt a.b.c', 'Bearer a.b.c', 'bEARER a.b.c', 'JWT  \t a.b.c', '  JWT a.b.c  '])(
    'contains a token: %j',
    (header) => {
      expect(parseAuthorization(header, PREFIXES)).toBe('a.b.c');
    },
  );

  it.each<[string | undefined, AuthorizationErrorCode]>([
    [undefined, 'credentials_missing'],
    ['', 'credentials_missing'],
    ['   ', 'credentials_missing'],
    ['a.b.c', 'credentials_missing'],
    ['Basic ZGVrdTp4', 'credentials_missing'],
    ['Basic', 'credentials_missing'],
    ['Token a b', 'credentials_missing'],
    ['JWTa.b.c', 'credentials_missing'],
    ['JWT', 'credentials_empty'],
    ['bearer ', 'credentials_empty'],
    ['JWT a.b.c x', 'credentials_with_spaces'],
    ['JWT a b c', 'credentials_with_spaces'],
  ])('is rejected if it is %j: %s', (header, code) => {
    expect(() => parseAuthorization(header, PREFIXES)).toThrow(new AuthorizationError(code));
  });

  it('does not accept a no-break space as separator', () => {
    expect(() => parseAuthorization('JWT\xa0a.b.c', PREFIXES)).toThrow(
      new AuthorizationError('credentials_missing'),
    );
  });

  it('accepts the configured prefix', () => {
    expect(parseAuthorization('Key x', ['Key'])).toBe('x');
    expect(() => parseAuthorization('JWT x', ['Key'])).toThrow(AuthorizationError);
  });
});

describe('principalOf', () => {
  const of = (authorizer: unknown, nowSeconds = NOW) =>
    principalOf({ authorizer, receivedAtMs: nowSeconds * 1000 });
  const context = {
    principalId: 'user',
    user_id: '7',
    username: '데쿠',
    sid: 'a-session',
    legacy: 'false',
    login_at: '5',
    exp: String(NOW),
  };
  const caller = {
    userId: 7,
    username: '데쿠',
    sid: 'a-session',
    isLegacy: false,
    loginAt: 5,
    validUntil: NOW,
  };

  it('reads the context of the authorizer, with values as text or as numbers', () => {
    expect(of(context)).toEqual(caller);
    expect(of({ ...context, user_id: 7, legacy: false, login_at: 5, exp: NOW })).toEqual(caller);
    // A token issued by Django may have no login time.
    expect(of({ ...context, login_at: undefined })).toEqual({ ...caller, loginAt: undefined });
  });

  it('throws token_expired from one second after exp on', () => {
    expect(() => of(context, NOW + 1)).toThrow(new TokenError('token_expired'));
  });

  it.each([
    undefined,
    null,
    {},
    'user',
    { ...context, user_id: undefined },
    { ...context, user_id: 'x' },
    { ...context, user_id: '1.5' },
    { ...context, user_id: '' },
    { ...context, username: '' },
    { ...context, username: 7 },
    { ...context, sid: undefined },
    { ...context, sid: '' },
    { ...context, legacy: 'maybe' },
    { ...context, legacy: undefined },
    { ...context, login_at: 'once' },
    { ...context, exp: 'never' },
    { ...context, exp: undefined },
  ])('throws an internal error if the authorizer context is %j', (authorizer) => {
    expect(() => of(authorizer)).toThrow(InternalError);
  });
});
