import { describe, expect, it } from 'vitest';
import { hashKindOf } from '../../manage/import/hash-kinds.ts';

const [SALT, HASH, BCRYPT] = ['A'.repeat(22), 'A'.repeat(43), 'A'.repeat(53)];

describe('hashKindOf', () => {
  it.each([
    'pbkdf2_sha256$260000$salt$aGFzaA==',
    'pbkdf2_sha1$260000$salt$aGFzaA==',
    `argon2$argon2id$v=19$m=102400,t=2,p=8$${SALT}$${HASH}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${HASH}`,
    `bcrypt_sha256$$2b$12$${BCRYPT}`,
    `bcrypt$$2y$12$${BCRYPT}`,
    'scrypt$16384$salt$8$1$aGFzaA==',
    'md5$salt$d41d8cd98f00b204e9800998ecf8427e',
    'd41d8cd98f00b204e9800998ecf8427e',
    'sha1$$da39a3ee5e6b4b0d3255bfef95601890afd80709',
  ])('says that %s can be checked', (encoded) => {
    expect(hashKindOf(encoded)).toEqual({ kind: 'checkable' });
  });

  it.each(['!', '!xyz', '!$argon2id$'])('says that %j is unusable, as Django does', (encoded) => {
    expect(hashKindOf(encoded)).toEqual({ kind: 'unusable' });
  });

  it.each([
    ['', 'no hash'],
    ['pbkdf2_wrapped_sha1$260000$salt$aGFzaA==', 'unsupported algorithm pbkdf2_wrapped_sha1'],
    ['pbkdf2_sha512$260000$salt$aGFzaA==', 'unsupported algorithm pbkdf2_sha512'],
    ['crypt$$ab1Hv2Lg7ltQo', 'unsupported algorithm crypt'],
    [`$2y$12$${BCRYPT}`, 'bcrypt without the prefix "bcrypt$"'],
    ['pbkdf2_sha256$9000000$salt$aGFzaA==', 'pbkdf2_sha256 with a cost beyond the limit'],
    [`argon2$argon2id$v=19$m=262144,t=16,p=16$${SALT}$${HASH}`, 'argon2 with a cost beyond the limit'],
    [`$argon2id$v=19$m=262145,t=1,p=1$${SALT}$${HASH}`, 'argon2 with a cost beyond the limit'],
    [`bcrypt$$2b$16$${BCRYPT}`, 'bcrypt with a cost beyond the limit'],
    ['scrypt$1048576$salt$8$1$aGFzaA==', 'scrypt with a cost beyond the limit'],
    ['scrypt$16385$salt$8$1$aGFzaA==', 'malformed scrypt'],
    ['pbkdf2_sha256$salt', 'malformed pbkdf2_sha256'],
    ['secret', 'text that is not a password hash'],
    ['md5', 'text that is not a password hash'],
    ['hunter2$is$mine', 'text that is not a password hash'],
    ['$', 'text that is not a password hash'],
  ])('says why no password matches %j, without a part of it that may be one', (encoded, reason) => {
    expect(hashKindOf(encoded)).toEqual({ kind: 'uncheckable', reason });
  });
});
