import { describe, expect, it } from 'vitest';
import { TokenError } from '../../lib/errors.ts';
import { MAX_TOKEN_LENGTH, parseCompactForm } from '../../lib/tokens/compact-form.ts';

const b64 = (text: string) => Buffer.from(text).toString('base64url');
const HEADER = b64('{"typ":"JWT","alg":"HS256"}');
const SIGNATURE = Buffer.alloc(32, 7).toString('base64url');
const token = (payload: string, header = HEADER, signature = SIGNATURE) =>
  `${header}.${b64(payload)}.${signature}`;

const refused = (text: string) => {
  expect(() => parseCompactForm(text)).toThrow(new TokenError('token_malformed'));
};

describe('parseCompactForm', () => {
  it('returns the header and the payload of a canonical token', () => {
    expect(parseCompactForm(token('{"user_id":1,"nested":{"user_id":2}}'))).toEqual({
      header: { typ: 'JWT', alg: 'HS256' },
      payload: { user_id: 1, nested: { user_id: 2 } },
    });
  });

  it('allows the same member name in different objects and inside strings', () => {
    expect(parseCompactForm(token('{"a":{"x":1},"b":[{"x":1},{"x":"\\"x\\":1"}]}')).payload).toHaveProperty(
      'b',
    );
  });

  it.each(['', 'abc', 'a.b', 'a.b.c.d', '..', `${HEADER}..`, '!!!.???.***'])('rejects %j', refused);

  it('rejects padding and white space', () => {
    refused(`${token('{"a":1}')}=`);
    refused(` ${token('{"a":1}')}`);
    refused(`${token('{"a":1}')}\n`);
  });

  it('rejects trailing bits that are not zero, although a lenient decoder reads the same bytes', () => {
    const signature =
      SIGNATURE.slice(0, -1) + String.fromCharCode(SIGNATURE.charCodeAt(SIGNATURE.length - 1) + 1);
    expect(Buffer.from(signature, 'base64url')).toEqual(Buffer.from(SIGNATURE, 'base64url'));
    refused(token('{"a":1}', HEADER, signature));
  });

  it('rejects a part of impossible length', () => {
    refused(`${HEADER}.${b64('{"a":1}')}.AAAAA`);
  });

  it.each(['[1,2]', '"x"', 'null', '1', '{', '\ufeff{}'])('rejects the payload %j', (payload) => {
    refused(token(payload));
  });

  it('rejects a payload that is not UTF-8', () => {
    refused(`${HEADER}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${SIGNATURE}`);
  });

  it.each(['{"a":1,"a":1}', '{"a":{"b":1,"\\u0062":2}}', '[{"a":1}]', '{"x":[{"y":1,"y":1}]}'])(
    'rejects duplicate member names: %s',
    (payload) => {
      refused(token(payload));
    },
  );

  it('rejects a token longer than the limit', () => {
    refused(token(JSON.stringify({ a: 'x'.repeat(MAX_TOKEN_LENGTH) })));
  });
});
