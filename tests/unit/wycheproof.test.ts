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

/** Vectors whose label is wrong, by https://github.com/C2SP/wycheproof/issues/236. */
const MISLABELLED = {
  /** Labelled invalid, and byte for byte the valid vector 357. */
  valid: [367, 370],
  /** Labelled valid, though they hold characters that are not of base64url. */
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
 * The key of a vector as a service that checks HMAC would hold it. Of an asymmetric one that is its public part, as bytes:
 * the confusion of algorithms that RFC 8725 §2.1 describes begins with that.
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
  describe('JSON Web Signature vectors of Wycheproof', () => {
    const all = vectors();

    it('are all there', () => {
      expect(all).toHaveLength(401);
      expect(all.filter(({ isValid }) => isValid)).toHaveLength(10);
    });

    it.each(all.filter(({ isValid }) => isValid))('accepts the valid $id, $comment', async (vector) => {
      await expect(check(vector)).resolves.toBeUndefined();
    });

    it.each(all.filter(({ isValid }) => !isValid))('refuses $id, $comment', async (vector) => {
      await expect(check(vector)).rejects.toThrow(TokenError);
    });
  });
} else {
  describe.skip(`JSON Web Signature vectors of Wycheproof: there is no ${FILE} (WYCHEPROOF_DIR names its folder)`, () => {
    it('are not checked', () => {});
  });
}
