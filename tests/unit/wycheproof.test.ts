import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { TokenError } from '../../lib/errors.ts';
import { splitCompactForm } from '../../lib/tokens/compact-form.ts';
import { KeySet } from '../../lib/tokens/key-set.ts';
import { assertSignature } from '../../lib/tokens/signature.ts';

const FOLDER =
  process.env.WYCHEPROOF_DIR || fileURLToPath(new URL('../../../shared/vectors', import.meta.url));
const FILE = join(FOLDER, 'json_web_signature_test.json');

/** Vectors with a wrong label, according to https://github.com/C2SP/wycheproof/issues/236. */
const MISLABELLED = {
  /** Labeled invalid, but identical to the valid vector 357. */
  valid: [367, 370],
  /** Labeled valid, although they contain characters outside base64url. */
  invalid: [372, 373],
};

const keySchema = v.looseObject({
  kty: v.string(),
  alg: v.optional(v.string()),
  k: v.optional(v.string()),
  n: v.optional(v.string()),
  x: v.optional(v.string()),
});
const fileSchema = v.object({
  testGroups: v.array(
    v.object({
      private: v.optional(keySchema),
      public: v.optional(keySchema),
      tests: v.array(
        v.object({
          tcId: v.number(),
          comment: v.string(),
          jws: v.unknown(),
          result: v.picklist(['valid', 'invalid']),
        }),
      ),
    }),
  ),
});

interface Vector {
  readonly id: number;
  readonly comment: string;
  readonly jws: string;
  readonly isValid: boolean;
  readonly keys: KeySet;
}

/**
 * Returns the key of a vector as a service that verifies HMAC would store it. For an asymmetric key, it is the public
 * part as bytes, which is how algorithm confusion starts (RFC 8725 §2.1).
 */
function keySetOf(key: v.InferOutput<typeof keySchema>): KeySet {
  const material = Buffer.from(key.k ?? key.n ?? key.x ?? '', 'base64url');
  return new KeySet({ algorithm: 'HS256', secret: material });
}

function vectors(): Vector[] {
  const { testGroups } = v.parse(fileSchema, JSON.parse(readFileSync(FILE, 'utf8')));
  return testGroups.flatMap((group) => {
    const key = group.private ?? group.public;
    if (key === undefined) throw new Error('a group without a key');
    return group.tests.map(({ tcId: id, comment, jws, result }) => ({
      id,
      comment,
      jws: typeof jws === 'string' ? jws : JSON.stringify(jws),
      isValid:
        key.kty === 'oct' &&
        (MISLABELLED.valid.includes(id) || (result === 'valid' && !MISLABELLED.invalid.includes(id))),
      keys: keySetOf(key),
    }));
  });
}

async function check({ jws, keys }: Vector): Promise<void> {
  const { header } = splitCompactForm(jws);
  await assertSignature(jws, header, keys);
}

if (existsSync(FILE)) {
  describe('token verification with the Wycheproof vectors for JSON Web Signature', () => {
    const all = vectors();

    it('covers all vectors', () => {
      expect(all).toHaveLength(401);
      expect(all.filter(({ isValid }) => isValid)).toHaveLength(10);
    });

    it.each(all.filter(({ isValid }) => isValid))(
      'accepts the valid vector $id: $comment',
      async (vector) => {
        await expect(check(vector)).resolves.toBeUndefined();
      },
    );

    it.each(all.filter(({ isValid }) => !isValid))(
      'rejects the invalid vector $id: $comment',
      async (vector) => {
        await expect(check(vector)).rejects.toThrow(TokenError);
      },
    );
  });
} else {
  describe.skip(`token verification with the Wycheproof vectors: ${FILE} does not exist (WYCHEPROOF_DIR sets the folder)`, () => {
    it('is skipped', () => {});
  });
}
