import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkDjangoHash } from '../../lib/passwords/django-hashes.ts';

interface Vector {
  encoded: string;
  password: string;
  matches: unknown;
  note: string;
}
const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../data/hash-vectors.json', import.meta.url), 'utf8'),
);

describe('Django hash verification', () => {
  it.each(vectors)('returns $matches for $note', async ({ encoded, password, matches }) => {
    expect((await checkDjangoHash(encoded, password)) === 'match').toBe(matches === true);
  });

  it.each([
    'pbkdf2_sha256$4000000000$salt$aGFzaA==',
    'argon2$argon2id$v=19$m=4194304,t=2,p=8$NnFLOUNHQjZrSWkwZDdJRkUwb3dNVQ$oF4Ckw6Nl4XMQGWsmlh+8Q',
    'bcrypt$$2b$31$liCNF4eopI7cxEA.WAmR0utcW5127iiOIpcV9px.iBJhJDiIxqPz2',
    'scrypt$33554432$salt$8$1$aGFzaA==',
  ])('does not compute a hash whose parameters are too expensive: %s', async (encoded) => {
    expect(await checkDjangoHash(encoded, 'x')).toBe('too_expensive');
  });

  it.each([
    'scrypt$3$salt$8$1$aGFzaA==',
    'scrypt$0$salt$0$0$aGFzaA==',
    '',
    '$',
    'argon2$argon2id$v=19$m=0,t=0,p=0$AA$AA',
  ])('rejects a malformed hash without throwing: %j', async (encoded) => {
    expect(await checkDjangoHash(encoded, 'x')).not.toBe('match');
  });
});
