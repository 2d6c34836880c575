import { describe, expect, it } from 'vitest';
import { createPasswords } from '../../lib/wiring.ts';

const passwords = createPasswords();
/** `é` as one code point, and as a letter with a combining accent. */
const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];

describe('hashes by this service', () => {
  it('are argon2id with 19 MiB, two iterations, one lane and a unique salt', async () => {
    const hashes = await Promise.all([passwords.hash('x'), passwords.hash('x')]);
    for (const hash of hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it('match the password as it was given, not another form of its characters', async () => {
    const hash = await passwords.hash(decomposed);
    expect(await passwords.verify(hash, decomposed)).toBe('match');
    expect(await passwords.verify(hash, composed)).toBe('mismatch');
  });

  it.each([
    ['one additional character at the end of a long text', 'x'.repeat(20_000), `${'x'.repeat(20_000)}y`],
    ['the characters after a NUL', 'a\0b', 'a\0c'],
    ['a trailing space', 'secret', 'secret '],
    ['letter case', 'secret', 'Secret'],
  ])('distinguish passwords by %s', async (_, right, wrong) => {
    const hash = await passwords.hash(right);
    expect(await passwords.verify(hash, right)).toBe('match');
    expect(await passwords.verify(hash, wrong)).toBe('mismatch');
  });

  it('are not computed if they require 4 GiB', async () => {
    const greedy = `$argon2id$v=19$m=4194304,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
    expect(await passwords.verify(greedy, 'x')).toBe('too_expensive');
    expect(await passwords.verify(`argon2${greedy}`, 'x')).toBe('too_expensive');
  });

  it.each(['', '!', '$argon2id$', '$argon2id$v=19$m=19456,t=2,p=1$$', '!$argon2id$v=19', '$2b$10$x'])(
    'do not match if malformed: %j',
    async (encoded) => {
      expect(await passwords.verify(encoded, encoded)).toBe('malformed');
    },
  );
});

describe('hashes in Django notation', () => {
  it('are compared with the password as sent, not its NFC form', async () => {
    // SHA-1 of the salt "s" and the password, in Django's notation.
    const { createHash } = await import('node:crypto');
    const encoded = `sha1$s$${createHash('sha1').update(`s${decomposed}`).digest('hex')}`;
    expect(await passwords.verify(encoded, decomposed)).toBe('match');
    expect(await passwords.verify(encoded, composed)).toBe('mismatch');
  });

  it('match the password if this service computed them and exported them', async () => {
    const exported = `argon2${await passwords.hash(decomposed)}`;
    expect(await passwords.verify(exported, decomposed)).toBe('match');
    expect(await passwords.verify(exported, 'cafe')).toBe('mismatch');
  });
});

describe('needsRehash', () => {
  it('is false only for the current parameters in the notation of this service', async () => {
    const hash = await passwords.hash('x');
    expect(passwords.needsRehash(hash)).toBe(false);
    expect(passwords.needsRehash(`argon2${hash}`)).toBe(true);
    expect(passwords.needsRehash(hash.replace('m=19456', 'm=9216'))).toBe(true);
    expect(passwords.needsRehash(hash.replace('argon2id', 'argon2i'))).toBe(true);
    expect(passwords.needsRehash('pbkdf2_sha256$260000$salt$hash')).toBe(true);
  });
});
