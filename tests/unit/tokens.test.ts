import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenError, type TokenErrorCode } from '../../lib/errors.ts';
import { KeySet } from '../../lib/tokens/key-set.ts';
import type { TokenSettings } from '../../lib/tokens/tokens.ts';
import { createTokens } from '../../lib/wiring.ts';
import { anyCodePoints } from '../support/arbitraries.ts';

const NOW = 1_700_000_000;
const DAY = 86_400;
const SECRET = Buffer.from('a-secret-of-these-tests-that-has-more-than-64-bytes-in-it-0123456789');
const USER = { id: 1, username: '데쿠', email: 'deku@example.com' };
const settings: TokenSettings = {
  keys: new KeySet({ algorithm: 'HS256', secret: SECRET }),
  leewaySeconds: 0,
};
const tokensAt = (nowSeconds: number, changes: Partial<TokenSettings> = {}) =>
  createTokens({ settings: { tokens: { ...settings, ...changes } }, clock: () => nowSeconds * 1000 });
const SID = 'AbCdEfGhIjKlMnOpQrStUv';
const GRANT = { sid: SID, generation: 3, expiresAt: NOW + 7 * DAY, originallyIssuedAt: NOW };
const CLAIMS = { user_id: 1, username: 'deku', exp: NOW + 60, email: '', orig_iat: NOW - 60 };

/** Signs as another issuer with the same secret would. */
function sign(
  claims: object,
  header: object = { typ: 'JWT', alg: 'HS256' },
  secret = SECRET,
  hash = 'sha256',
) {
  const input = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

const refusal = (token: string, code: TokenErrorCode, changes: Partial<TokenSettings> = {}) =>
  expect(tokensAt(NOW, changes).verify(token)).rejects.toEqual(new TokenError(code));

describe('Tokens.issue', () => {
  it('writes the claims and the header in the order of the original', async () => {
    const [header, payload] = (await tokensAt(NOW).issue(USER, GRANT))
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString());
    expect(header).toBe('{"typ":"JWT","alg":"HS256"}');
    expect(payload).toBe(
      `{"user_id":1,"username":"\\ub370\\ucfe0","exp":${NOW + 7 * DAY},"email":"deku@example.com","orig_iat":${NOW},"sid":"${SID}","gen":3}`,
    );
  });

  it('writes claims that JSON.parse(atob(payload)) can read, for any username', async () => {
    const anyText = fc.oneof(anyCodePoints, fc.string({ unit: 'grapheme' }));
    await fc.assert(
      fc.asyncProperty(anyText, anyText, anyText, async (username, email, issuer) => {
        const token = await tokensAt(NOW, { issuer }).issue({ id: 1, username, email }, GRANT);
        const [header = '', payload = ''] = token
          .split('.')
          .map((part) => atob(part.replaceAll('-', '+').replaceAll('_', '/')));
        expect(JSON.parse(payload)).toMatchObject({ user_id: 1, username, email, iss: issuer });
        expect(header + payload).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });

  it('appends audience and issuer, and omits orig_iat if refreshing is disabled', async () => {
    const token = await tokensAt(NOW, { audience: 'app', issuer: 'us' }).issue(USER, {
      ...GRANT,
      originallyIssuedAt: undefined,
    });
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(Object.keys(claims)).toEqual(['user_id', 'username', 'exp', 'email', 'aud', 'iss', 'sid', 'gen']);
  });
});

describe('Tokens.verify', () => {
  it('accepts a token from another issuer with the same secret, without typ, or with unknown header parameters', async () => {
    for (const header of [{ alg: 'HS256' }, { typ: 'JWT', alg: 'HS256', kid: '../../dev/null', x: 1 }]) {
      const { subject } = await tokensAt(NOW).verify(sign(CLAIMS, header));
      expect(subject).toEqual({ userId: 1, username: 'deku' });
    }
  });

  it.each(['HS384', 'HS512', 'none', 'hs256', 'RS256', null, 5])(
    'rejects the algorithm %s with an HS256 key',
    (alg) =>
      refusal(
        sign(CLAIMS, { typ: 'JWT', alg }, SECRET, alg === 'HS512' ? 'sha512' : 'sha256'),
        'token_algorithm_mismatch',
      ),
  );

  it.each([{ crit: ['b64'], b64: false }, { crit: ['x'], x: 1 }, { crit: [] }])(
    'rejects critical header parameters: %j',
    (parameters) => refusal(sign(CLAIMS, { typ: 'JWT', alg: 'HS256', ...parameters }), 'token_malformed'),
  );

  it('rejects a signature by another key and an altered signature', async () => {
    await refusal(sign(CLAIMS, undefined, Buffer.alloc(40, 1)), 'token_signature_invalid');
    await refusal(
      sign(CLAIMS).replace(/\.(.)([^.]*)$/, (_, c, rest) => `.${c === 'A' ? 'B' : 'A'}${rest}`),
      'token_signature_invalid',
    );
  });

  it('rejects critical header parameters without typ', () =>
    refusal(sign(CLAIMS, { alg: 'HS256', crit: ['x'], x: 1 }), 'token_malformed'));

  it('accepts exp and nbf equal to now, and a fractional exp', async () => {
    await tokensAt(NOW).verify(sign({ ...CLAIMS, exp: NOW, nbf: NOW }));
    await tokensAt(NOW).verify(sign({ ...CLAIMS, exp: NOW + 0.5 }));
  });

  it('rejects a token after its exp or before its nbf, with the leeway allowed', async () => {
    await refusal(sign({ ...CLAIMS, exp: NOW - 1 }), 'token_expired');
    await refusal(sign({ ...CLAIMS, exp: NOW - 0.5 }), 'token_expired');
    await refusal(sign({ ...CLAIMS, nbf: NOW + 1 }), 'token_not_yet_valid');
    await tokensAt(NOW, { leewaySeconds: 1 }).verify(sign({ ...CLAIMS, exp: NOW - 1, nbf: NOW + 1 }));
  });

  it.each([undefined, null, '9999999999', [], true])('rejects %j as exp', (exp) =>
    refusal(sign({ ...CLAIMS, exp }), 'token_malformed'),
  );

  it('rejects any audience if none is configured, and a missing or different one if one is', async () => {
    for (const aud of ['x', null, ['x'], 1])
      await refusal(sign({ ...CLAIMS, aud }), 'token_audience_mismatch');
    await refusal(sign(CLAIMS), 'token_audience_mismatch', { audience: 'app' });
    await refusal(sign({ ...CLAIMS, aud: ['x'] }), 'token_audience_mismatch', { audience: 'app' });
    await tokensAt(NOW, { audience: 'app' }).verify(sign({ ...CLAIMS, aud: ['x', 'app'] }));
    await refusal(sign(CLAIMS), 'token_issuer_mismatch', { issuer: 'us' });
  });

  it.each([
    { username: undefined },
    { username: '' },
    { username: ['deku'] },
    { user_id: undefined },
    { user_id: '1' },
    { user_id: 1.5 },
  ])('rejects %j, which does not identify a user', (changes) =>
    refusal(sign({ ...CLAIMS, ...changes }), 'token_payload_invalid'),
  );
});

describe('session of a verified token', () => {
  const sessionOf = async (changes: object) =>
    (await tokensAt(NOW).verify(sign({ ...CLAIMS, ...changes }))).session;

  it('is read from sid and gen, and undefined if a token has neither', async () => {
    expect(await sessionOf({ sid: SID, gen: 3 })).toEqual({ sid: SID, generation: 3 });
    expect(await sessionOf({})).toBeUndefined();
  });

  it.each([
    { sid: SID },
    { gen: 0 },
    { sid: 5, gen: 0 },
    { sid: 'short', gen: 0 },
    { sid: `${SID}.`, gen: 0 },
    { sid: `${SID}.a.b`, gen: 0 },
    { sid: `${SID}.ü`, gen: 0 },
    { sid: null, gen: null },
    { sid: SID, gen: -1 },
    { sid: SID, gen: 0.5 },
    { sid: SID, gen: 2 ** 31 + 1 },
    { sid: SID, gen: '0' },
  ])('is rejected if it is %j', (changes) =>
    refusal(sign({ ...CLAIMS, ...changes }), 'token_payload_invalid'),
  );
});

describe('expired token', () => {
  const expired = sign({ ...CLAIMS, exp: NOW - 1 });

  it('is rejected, unless the caller accepts expired tokens', async () => {
    await refusal(expired, 'token_expired');
    expect((await tokensAt(NOW).verifyEvenExpired(expired)).expiresAt).toBe(NOW - 1);
  });
});

describe('orig_iat', () => {
  const read = async (orig_iat: unknown) =>
    (await tokensAt(NOW).verify(sign({ ...CLAIMS, orig_iat }))).originallyIssuedAt;

  it('is returned as signed', async () => {
    expect(await read(NOW - 60.5)).toBe(NOW - 60.5);
  });

  it.each([undefined, 0, null, 'yesterday', true])('is undefined if the claim is %j', async (orig_iat) => {
    expect(await read(orig_iat)).toBeUndefined();
  });
});

describe('KeySet', () => {
  const old = { algorithm: 'HS256', secret: SECRET } as const;
  const current = { kid: '2026', algorithm: 'HS512', secret: Buffer.alloc(64, 9) } as const;

  it('signs with its first key and its kid, and still verifies with the key that has no kid', async () => {
    const tokens = tokensAt(NOW, { keys: new KeySet(current, old) });
    const token = await tokens.issue(USER, GRANT);
    expect(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).toBe(
      '{"typ":"JWT","alg":"HS512","kid":"2026"}',
    );
    await tokens.verify(token);
    await tokens.verify(sign(CLAIMS));
  });

  it('verifies a token with a known kid only with that key and its algorithm', async () => {
    const keys = new KeySet(current, old);
    await refusal(sign(CLAIMS, { alg: 'HS512', kid: '2026' }, SECRET, 'sha512'), 'token_signature_invalid', {
      keys,
    });
    await refusal(sign(CLAIMS, { alg: 'HS256', kid: '2026' }), 'token_algorithm_mismatch', { keys });
    await refusal(
      sign(CLAIMS, { alg: 'HS512', kid: '2025' }, current.secret, 'sha512'),
      'token_signature_invalid',
      { keys: new KeySet(current) },
    );
  });

  it.each(['', '유저', '\u007f', 'a\nb'])(
    'rejects %j as a kid, because the header is printable ASCII',
    (kid) => {
      expect(() => new KeySet({ ...current, kid })).toThrow(RangeError);
    },
  );

  it('rejects keys that are too short, and two keys with the same kid', () => {
    expect(() => new KeySet({ algorithm: 'HS256', secret: Buffer.alloc(31) })).toThrow(RangeError);
    expect(() => new KeySet({ ...current, secret: Buffer.alloc(63) })).toThrow(RangeError);
    expect(() => new KeySet(current, current)).toThrow(RangeError);
    expect(() => new KeySet(old, old)).toThrow(RangeError);
  });
});
