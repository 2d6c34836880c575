import fc from 'fast-check';
import { CompactSign, compactVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { TokenError } from '../../lib/errors.ts';
import { type Algorithm, KeySet, MIN_KEY_BYTES, type SigningKey } from '../../lib/tokens/key-set.ts';
import { assertSignature, sign } from '../../lib/tokens/signature.ts';

const ALGORITHMS: readonly Algorithm[] = ['HS256', 'HS384', 'HS512'];
const anyKey: fc.Arbitrary<SigningKey> = fc
  .record({ algorithm: fc.constantFrom(...ALGORITHMS), kid: fc.option(fc.constantFrom('a', 'b"c')) })
  .chain(({ algorithm, kid }) =>
    fc
      .uint8Array({ minLength: MIN_KEY_BYTES[algorithm], maxLength: 200 })
      .map((secret) => ({ algorithm, secret, ...(kid !== null && { kid }) })),
  );
const anyPayload = fc.string({ unit: 'binary' });
const headerOf = ({ algorithm: alg, kid }: SigningKey) => ({
  typ: 'JWT',
  alg,
  ...(kid !== undefined && { kid }),
});

describe('signature of a token', () => {
  it('has the same bytes as that of jose', async () => {
    await fc.assert(
      fc.asyncProperty(anyKey, anyPayload, async (key, payload) => {
        const theirs = await new CompactSign(new TextEncoder().encode(payload))
          .setProtectedHeader(headerOf(key))
          .sign(key.secret);
        expect(sign(payload, key)).toBe(theirs);
        expect(() => assertSignature(theirs, headerOf(key), new KeySet(key))).not.toThrow();
      }),
    );
  });

  it('is rejected like by jose if one of its characters is changed', async () => {
    await fc.assert(
      fc.asyncProperty(anyKey, anyPayload, fc.nat(), async (key, payload, position) => {
        const token = sign(payload, key);
        const start = token.lastIndexOf('.') + 1;
        const at = start + (position % (token.length - start));
        const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
        const isValid = await compactVerify(changed, key.secret).then(
          () => true,
          () => false,
        );
        const check = () => assertSignature(changed, headerOf(key), new KeySet(key));
        if (isValid) expect(check).not.toThrow();
        else expect(check).toThrow(new TokenError('token_signature_invalid'));
      }),
    );
  });

  it.each([0, 1, 31, 33, 64])('is rejected if it has %d bytes instead of 32', (length) => {
    const key: SigningKey = { algorithm: 'HS256', secret: new Uint8Array(32) };
    const [header, payload, signature = ''] = sign('{}', key).split('.');
    const bytes = Buffer.alloc(length);
    Buffer.from(signature, 'base64url').copy(bytes);
    const changed = [header, payload, bytes.toString('base64url')].join('.');
    expect(() => assertSignature(changed, headerOf(key), new KeySet(key))).toThrow(
      new TokenError('token_signature_invalid'),
    );
  });
});
