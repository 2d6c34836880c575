import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPasswords } from '../../lib/wiring.ts';

interface Vector {
  encoded: string;
  password: string;
  matches: unknown;
  note: string;
}
const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../data/hash-vectors.json', import.meta.url), 'utf8'),
);
const passwords = createPasswords();

describe('Passwords, for hashes from Django', () => {
  it.each(vectors)('returns $matches for $note', async ({ encoded, password, matches }) => {
    expect((await passwords.verify(encoded, password)) === 'match').toBe(matches === true);
  });

  it('reports that each of them needs a rehash', () => {
    expect(vectors.filter(({ encoded }) => !passwords.needsRehash(encoded))).toEqual([]);
  });

  it('verifies argon2 hashes in the notation before version 1.3', async () => {
    const encoded = 'argon2$argon2i$m=512,t=2,p=2$VGVzdFNhbHRUZXN0$U2l4dGVlbkJ5dGVzTG9uZw';
    expect(await passwords.verify(encoded, 'secret')).toBe('mismatch');
  });
});
