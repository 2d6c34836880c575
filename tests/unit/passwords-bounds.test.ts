import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createPasswords } from '../../lib/wiring.ts';

const passwords = createPasswords();
const [SALT, HASH, BCRYPT] = ['A'.repeat(22), 'A'.repeat(43), 'A'.repeat(53)];
const HUGE = '9'.repeat(400);

describe('verification of a stored hash with too expensive parameters', () => {
  it.each([
    ['argon2, memory', `$argon2id$v=19$m=262145,t=2,p=1$${SALT}$${HASH}`],
    ['argon2, iterations', `$argon2id$v=19$m=19456,t=17,p=1$${SALT}$${HASH}`],
    ['argon2, memory and passes together', `$argon2id$v=19$m=262144,t=5,p=1$${SALT}$${HASH}`],
    ['argon2 of Django, memory and passes together', `argon2$argon2i$v=19$m=65537,t=16,p=16$${SALT}$${HASH}`],
    ['argon2, lanes', `$argon2id$v=19$m=19456,t=2,p=17$${SALT}$${HASH}`],
    ['argon2, numbers beyond the range', `$argon2id$v=19$m=${HUGE},t=1,p=${HUGE}$${SALT}$${HASH}`],
    ['PBKDF2, iterations', 'pbkdf2_sha256$4000001$salt$aGFzaA=='],
    ['PBKDF2, iterations beyond the range', `pbkdf2_sha1$${HUGE}$salt$aGFzaA==`],
    ['bcrypt, cost', `bcrypt$$2b$16$${BCRYPT}`],
    ['bcrypt of SHA-256, cost', `bcrypt_sha256$$2b$99$${BCRYPT}`],
    ['scrypt, memory', 'scrypt$524288$salt$8$1$aGFzaA=='],
    ['scrypt, memory and parallelism together', 'scrypt$262144$salt$8$16$aGFzaA=='],
    ['scrypt, parallelism', 'scrypt$2$salt$1$17$aGFzaA=='],
  ])('returns too_expensive without computing the hash: %s', async (_, encoded) => {
    expect(await passwords.verify(encoded, 'secret')).toBe('too_expensive');
  });
});

describe('verification of a malformed stored hash', () => {
  it.each(['00', '01', '02', '03'])(
    'rejects bcrypt with cost %s, which is below the minimum',
    async (cost) => {
      expect(await passwords.verify(`bcrypt$$2b$${cost}$${BCRYPT}`, 'secret')).toBe('malformed');
      expect(await passwords.verify(`bcrypt_sha256$$2b$${cost}$${BCRYPT}`, 'secret')).toBe('malformed');
    },
  );

  it.each(['0$salt$8$1', '16384$salt$0$1', '16384$salt$8$0', '0$salt$0$0', '016384$salt$8$1'])(
    'rejects scrypt$%s, although the hash matches with default parameters',
    async (parameters) => {
      const key = scryptSync('secret', 'salt', 64).toString('base64');
      expect(await passwords.verify(`scrypt$16384$salt$8$1$${key}`, 'secret')).toBe('match');
      expect(await passwords.verify(`scrypt$${parameters}$${key}`, 'secret')).toBe('malformed');
    },
  );

  it.each(['constructor$1', '__proto__$x', 'md5$', 'argon2', 'argon2$', 'crypt$$ab', 'plain', '$', '\0'])(
    'rejects an unknown format: %j',
    async (encoded) => {
      expect(await passwords.verify(encoded, 'secret')).toBe('malformed');
    },
  );
});
