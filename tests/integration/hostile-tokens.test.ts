import { createHmac, generateKeyPairSync, type KeyObject, sign as signWith } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactEncrypt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCursor } from '../../lib/posts/order.ts';
import { KeySet } from '../../lib/tokens/key-set.ts';
import { createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { createService, SECRET, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';

const PASSWORD = 'Plus-Ultra-2019';
const NOW = Math.floor(Date.now() / 1000);
const CLAIMS = { user_id: 1, username: 'deku', exp: NOW + 3600, email: 'deku@example.com', orig_iat: NOW };
const HEADER = { typ: 'JWT', alg: 'HS256' };

let table: TestTable;
let service: ReturnType<typeof createService>;
let server: Server;
let url = '';
let fetched = 0;
let good = '';

beforeAll(async () => {
  table = await createTestTable();
  await createUserRepository(table).create(userOf({ password: await createPasswords().hash(PASSWORD) }));
  service = createService(table);
  good = tokenOf(await service.post('obtain', { username: 'deku', password: PASSWORD }));
  server = createServer((_, response) => {
    fetched += 1;
    response.end(JSON.stringify({ keys: [rsa.publicKey.export({ format: 'jwk' })] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys.json`;
});
afterAll(async () => {
  server.close();
  await table.remove();
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const input = (header: unknown, claims: unknown = CLAIMS) => `${encode(header)}.${encode(claims)}`;
const mac = (text: string, key: string | Buffer, digest = 'sha256') =>
  createHmac(digest, key).update(text).digest('base64url');
const hmac = (header: unknown, claims: unknown = CLAIMS, key: string | Buffer = SECRET) =>
  `${input(header, claims)}.${mac(input(header, claims), key)}`;
const signed = (header: unknown, key: KeyObject) =>
  `${input(header)}.${signWith('sha256', Buffer.from(input(header)), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' });

/** Asserts that verify, refresh and the authorizer reject a token, without a 5xx. */
async function expectRejected(token: string): Promise<void> {
  for (const name of ['verify', 'refresh'] as const) {
    const { status } = await service.post(name, { token });
    expect([name, status]).toEqual([name, 400]);
  }
  expect((await service.getPosts(`JWT ${token}`)).status).toBe(401);
}

it('accepts the claims and header of these tests if they are signed with the secret', async () => {
  expect((await service.post('verify', { token: hmac(HEADER) })).status).toBe(200);
  expect((await service.post('verify', { token: good })).status).toBe(200);
});

describe('every route rejects a token', () => {
  it('with a random signature', () => expectRejected(`${input(HEADER)}.${encode('x'.repeat(32))}`));

  it('with changed claims and the original signature', () =>
    expectRejected(`${good.split('.')[0]}.${encode({ ...CLAIMS, user_id: 2 })}.${good.split('.')[2]}`));

  it('without a signature', () => expectRejected(`${input(HEADER)}.`));

  it.each(['none', 'None', 'NONE', 'nOnE', ' none', ''])(
    'with alg %j, with and without a signature',
    async (alg) => {
      await expectRejected(`${input({ typ: 'JWT', alg })}.`);
      await expectRejected(hmac({ typ: 'JWT', alg }));
    },
  );

  it.each(['', ' ', '\0', 'secret', 'password', 'null', 'undefined', 'latchkey'])(
    'signed with the weak key %j',
    (key) => expectRejected(hmac(HEADER, CLAIMS, key)),
  );

  it.each(['HS384', 'HS512', 'hs256', 'HMACSHA256', 'RS256', 'ES256', 'PS256', 'EdDSA', 'dir'])(
    'with alg %s and a signature by the correct key',
    (alg) => expectRejected(hmac({ typ: 'JWT', alg })),
  );

  it('signed with a key from its own header (jwk)', async () => {
    const jwk = { kty: 'oct', k: encode('k'.repeat(32)) };
    await expectRejected(hmac({ ...HEADER, jwk }, CLAIMS, 'k'.repeat(32)));
    await expectRejected(
      signed({ alg: 'RS256', jwk: rsa.publicKey.export({ format: 'jwk' }) }, rsa.privateKey),
    );
  });

  it.each(['jku', 'x5u'])(
    'signed with a key at a URL from its header (%s), which is never fetched',
    async (name) => {
      await expectRejected(signed({ alg: 'RS256', kid: 'theirs', [name]: url }, rsa.privateKey));
      await expectRejected(hmac({ ...HEADER, kid: 'theirs', [name]: url }, CLAIMS, pem(rsa.publicKey)));
      expect(fetched).toBe(0);
    },
  );

  it('signed with a certificate from its own header (x5c)', () =>
    expectRejected(signed({ alg: 'RS256', x5c: [pem(rsa.publicKey).toString()] }, rsa.privateKey)));

  it.each([
    '../../../../dev/null',
    '/proc/sys/kernel/randomize_va_space',
    "x' UNION SELECT 'key' --",
    '| /bin/true',
    '__proto__',
    'constructor',
    'k'.repeat(10_240),
  ])('with a kid that attempts an injection: %s', async (kid) => {
    await expectRejected(hmac({ ...HEADER, kid }, CLAIMS, ''));
    await expectRejected(hmac({ ...HEADER, kid }, CLAIMS, '2'));
    await expectRejected(hmac({ ...HEADER, kid }, CLAIMS, 'key'));
  });

  it('signed with the public key of another algorithm as the HMAC secret', async () => {
    const text = pem(rsa.publicKey);
    const der = rsa.publicKey.export({ format: 'der', type: 'spki' });
    for (const key of [text, text.toString().trimEnd(), der]) await expectRejected(hmac(HEADER, CLAIMS, key));
  });

  it('with an all-zero ECDSA signature (psychic signature)', async () => {
    await expectRejected(`${input({ alg: 'ES256' })}.${Buffer.alloc(64).toString('base64url')}`);
    await expectRejected(signed({ alg: 'ES256' }, ec.privateKey));
  });

  it('with a duplicate member in its header or its claims', async () => {
    await expectRejected(hmac('{"typ":"JWT","alg":"none","alg":"HS256"}'));
    const twice = JSON.stringify(CLAIMS).replace('"user_id":1', '"user_id":2,"user_id":1');
    await expectRejected(hmac(HEADER, twice));
    await expectRejected(hmac(HEADER, twice.replace('"user_id":2', '"user\\u005fid":2')));
  });

  it('that is encrypted (JWE) or contains another token', async () => {
    const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(CLAIMS)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(Buffer.from(SECRET).subarray(0, 32));
    await expectRejected(jwe);
    await expectRejected(hmac({ ...HEADER, cty: 'JWT' }, good));
  });

  it('in JWS JSON Serialization', async () => {
    const [header, payload, signature] = good.split('.');
    await expectRejected(JSON.stringify({ protected: header, payload, signature }));
  });

  it('that is too long', () => expectRejected(hmac(HEADER, { ...CLAIMS, pad: 'x'.repeat(9_000) })));

  it('with critical header parameters (crit, b64)', async () => {
    await expectRejected(hmac({ ...HEADER, crit: ['b64'], b64: false }));
    await expectRejected(hmac({ ...HEADER, crit: [] }));
  });

  it('in base64url that is not canonical', async () => {
    const [header = '', payload = '', signature = ''] = good.split('.');
    const last = signature.slice(-1);
    const sibling = String.fromCharCode(last.charCodeAt(0) + 1);
    expect(Buffer.from(signature.slice(0, -1) + sibling, 'base64url')).toEqual(
      Buffer.from(signature, 'base64url'),
    );
    await expectRejected(`${header}.${payload}.${signature.slice(0, -1)}${sibling}`);
    await expectRejected(`${header}.${payload}.${signature}=`);
    await expectRejected(`${header}.${payload}.${signature.slice(0, 20)} ${signature.slice(20)}`);
    await expectRejected(`${header}.${payload}.${signature.slice(0, 20)}\n${signature.slice(20)}`);
  });

  it.each([
    { user_id: '1' },
    { user_id: [1] },
    { user_id: { $ne: 0 } },
    { user_id: true },
    { username: ['deku'] },
    { username: { $gt: '' } },
    { username: 1 },
    { exp: String(NOW + 3600) },
    { exp: [NOW + 3600] },
    { exp: null },
    { nbf: 'now' },
  ])('with a claim of the wrong type: %j', (claims) =>
    expectRejected(hmac(HEADER, { ...CLAIMS, ...claims })),
  );

  it('that is another kind of text: a cursor, a session id', async () => {
    await expectRejected(encodeCursor({ instant: '2026-01-01T00:00:00.000000', pk: 1 }));
    const { body } = await service.call('sessions', 'GET', `JWT ${good}`);
    const [id] = /[\w-]{22}/.exec(JSON.stringify(body)) ?? [];
    await expectRejected(id ?? '');
  });
});

it.each([0, 1, 31])('KeySet rejects a key of %i bytes', (bytes) => {
  expect(() => new KeySet({ algorithm: 'HS256', secret: Buffer.alloc(bytes) })).toThrow(RangeError);
});
