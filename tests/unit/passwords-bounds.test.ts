import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Passwords } from '../../lib/passwords/passwords.ts';

const passwords = new Passwords();
const [SALT, HASH, BCRYPT] = ['A'.repeat(22), 'A'.repeat(43), 'A'.repeat(53)];
const HUGE = '9'.repeat(400);

describe('a stored hash that asks for more than a login may cost is refused, not computed', () => {
  it.each([
    ['argon2, memory', `$argon2id$v=19$m=262145,t=2,p=1$${SALT}$${HASH}`],
    ['argon2, passes', `$argon2id$v=19$m=19456,t=17,p=1$${SALT}$${HASH}`],
    ['argon2, lanes', `$argon2id$v=19$m=19456,t=2,p=17$${SALT}$${HASH}`],
    ['argon2, numbers past any', `$argon2id$v=19$m=${HUGE},t=1,p=${HUGE}$${SALT}$${HASH}`],
    ['PBKDF2, rounds', 'pbkdf2_sha256$4000001$salt$aGFzaA=='],
    ['PBKDF2, rounds past any number', `pbkdf2_sha1$${HUGE}$salt$aGFzaA==`],
    ['bcrypt, cost', `bcrypt$$2b$16$${BCRYPT}`],
    ['bcrypt of SHA-256, cost', `bcrypt_sha256$$2b$99$${BCRYPT}`],
    ['scrypt, memory', 'scrypt$524288$salt$8$1$aGFzaA=='],
    ['scrypt, memory and parallelism together', 'scrypt$262144$salt$8$16$aGFzaA=='],
    ['scrypt, parallelism', 'scrypt$2$salt$1$17$aGFzaA=='],
  ])('%s', async (_, encoded) => {
    expect(await passwords.verify(encoded, 'secret')).toBe('too_expensive');
  });
});

describe('a stored hash that is none matches nothing and raises nothing', () => {
  it.each(['00', '01', '02', '03'])('bcrypt at a cost of %s, below the least there is', async (cost) => {
    expect(await passwords.verify(`bcrypt$$2b$${cost}$${BCRYPT}`, 'secret')).toBe('malformed');
    expect(await passwords.verify(`bcrypt_sha256$$2b$${cost}$${BCRYPT}`, 'secret')).toBe('malformed');
  });

  it.each(['0$salt$8$1', '16384$salt$0$1', '16384$salt$8$0', '0$salt$0$0', '016384$salt$8$1'])(
    'scrypt$%s, though it be right under default parameters',
    async (parameters) => {
      const key = scryptSync('secret', 'salt', 64).toString('base64');
      expect(await passwords.verify(`scrypt$16384$salt$8$1$${key}`, 'secret')).toBe('match');
      expect(await passwords.verify(`scrypt$${parameters}$${key}`, 'secret')).toBe('malformed');
    },
  );

  it.each(['constructor$1', '__proto__$x', 'md5$', 'argon2', 'argon2$', 'crypt$$ab', 'plain', '$', '\0'])(
    'in no notation: %j',
    async (encoded) => {
      expect(await passwords.verify(encoded, 'secret')).toBe('malformed');
    },
  );
});
