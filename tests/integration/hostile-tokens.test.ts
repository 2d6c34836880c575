import { createHmac, generateKeyPairSync, type KeyObject, sign as signWith } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactEncrypt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import { Passwords } from '../../lib/passwords/passwords.ts';
import { encodeCursor } from '../../lib/posts/order.ts';
import { KeySet } from '../../lib/tokens/key-set.ts';
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
  await new UserRepository(table).create(userOf({ password: await new Passwords().hash(PASSWORD) }));
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

/** What verify, refresh and the authorizer of the posts say; none of it may be a fault. */
async function expectRefused(token: string): Promise<void> {
  for (const name of ['verify', 'refresh'] as const) {
    const { status } = await service.post(name, { token });
    expect([name, status]).toEqual([name, 400]);
  }
  expect((await service.getPosts(`JWT ${token}`)).status).toBe(401);
}

it('what they are made of is right: the same, signed with the secret, is let in', async () => {
  expect((await service.post('verify', { token: hmac(HEADER) })).status).toBe(200);
  expect((await service.post('verify', { token: good })).status).toBe(200);
});

describe('a forged token is refused everywhere', () => {
  it('with a signature that nobody made', () => expectRefused(`${input(HEADER)}.${encode('x'.repeat(32))}`));

  it('with claims changed under a signature that stands', () =>
    expectRefused(`${good.split('.')[0]}.${encode({ ...CLAIMS, user_id: 2 })}.${good.split('.')[2]}`));

  it('without a signature', () => expectRefused(`${input(HEADER)}.`));

  it.each(['none', 'None', 'NONE', 'nOnE', ' none', ''])(
    'by alg %j, with and without a signature',
    async (alg) => {
      await expectRefused(`${input({ typ: 'JWT', alg })}.`);
      await expectRefused(hmac({ typ: 'JWT', alg }));
    },
  );

  it.each(['', ' ', '\0', 'secret', 'password', 'null', 'undefined', 'latchkey'])(
    'by the weak key %j',
    (key) => expectRefused(hmac(HEADER, CLAIMS, key)),
  );

  it.each(['HS384', 'HS512', 'hs256', 'HMACSHA256', 'RS256', 'ES256', 'PS256', 'EdDSA', 'dir'])(
    'by alg %s over the right key',
    (alg) => expectRefused(hmac({ typ: 'JWT', alg })),
  );

  it('by a key in its own header (jwk)', async () => {
    const jwk = { kty: 'oct', k: encode('k'.repeat(32)) };
    await expectRefused(hmac({ ...HEADER, jwk }, CLAIMS, 'k'.repeat(32)));
    await expectRefused(
      signed({ alg: 'RS256', jwk: rsa.publicKey.export({ format: 'jwk' }) }, rsa.privateKey),
    );
  });

  it.each(['jku', 'x5u'])(
    'by a key that its header tells where to fetch (%s); nobody goes there',
    async (name) => {
      await expectRefused(signed({ alg: 'RS256', kid: 'theirs', [name]: url }, rsa.privateKey));
      await expectRefused(hmac({ ...HEADER, kid: 'theirs', [name]: url }, CLAIMS, pem(rsa.publicKey)));
      expect(fetched).toBe(0);
    },
  );

  it('by a certificate in its own header (x5c)', () =>
    expectRefused(signed({ alg: 'RS256', x5c: [pem(rsa.publicKey).toString()] }, rsa.privateKey)));

  it.each([
    '../../../../dev/null',
    '/proc/sys/kernel/randomize_va_space',
    "x' UNION SELECT 'key' --",
    '| /bin/true',
    '__proto__',
    'constructor',
    'k'.repeat(10_240),
  ])('by a kid that leads elsewhere: %s', async (kid) => {
    await expectRefused(hmac({ ...HEADER, kid }, CLAIMS, ''));
    await expectRefused(hmac({ ...HEADER, kid }, CLAIMS, '2'));
    await expectRefused(hmac({ ...HEADER, kid }, CLAIMS, 'key'));
  });

  it('by the public key of another algorithm as the secret', async () => {
    const text = pem(rsa.publicKey);
    const der = rsa.publicKey.export({ format: 'der', type: 'spki' });
    for (const key of [text, text.toString().trimEnd(), der]) await expectRefused(hmac(HEADER, CLAIMS, key));
  });

  it('by the signature of zeros that fits every message (psychic signature)', async () => {
    await expectRefused(`${input({ alg: 'ES256' })}.${Buffer.alloc(64).toString('base64url')}`);
    await expectRefused(signed({ alg: 'ES256' }, ec.privateKey));
  });

  it('with a member of its header or its claims named twice', async () => {
    await expectRefused(hmac('{"typ":"JWT","alg":"none","alg":"HS256"}'));
    const twice = JSON.stringify(CLAIMS).replace('"user_id":1', '"user_id":2,"user_id":1');
    await expectRefused(hmac(HEADER, twice));
    await expectRefused(hmac(HEADER, twice.replace('"user_id":2', '"user\\u005fid":2')));
  });

  it('that is encrypted (JWE), or holds another token', async () => {
    const jwe = await new CompactEncrypt(Buffer.from(JSON.stringify(CLAIMS)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(Buffer.from(SECRET).subarray(0, 32));
    await expectRefused(jwe);
    await expectRefused(hmac({ ...HEADER, cty: 'JWT' }, good));
  });

  it('in JSON serialisation', async () => {
    const [header, payload, signature] = good.split('.');
    await expectRefused(JSON.stringify({ protected: header, payload, signature }));
  });

  it('that is oversized', () => expectRefused(hmac(HEADER, { ...CLAIMS, pad: 'x'.repeat(9_000) })));

  it('that asks for extensions (crit, b64)', async () => {
    await expectRefused(hmac({ ...HEADER, crit: ['b64'], b64: false }));
    await expectRefused(hmac({ ...HEADER, crit: [] }));
  });

  it('in base64url that is not canonical', async () => {
    const [header = '', payload = '', signature = ''] = good.split('.');
    const last = signature.slice(-1);
    const sibling = String.fromCharCode(last.charCodeAt(0) + 1);
    expect(Buffer.from(signature.slice(0, -1) + sibling, 'base64url')).toEqual(
      Buffer.from(signature, 'base64url'),
    );
    await expectRefused(`${header}.${payload}.${signature.slice(0, -1)}${sibling}`);
    await expectRefused(`${header}.${payload}.${signature}=`);
    await expectRefused(`${header}.${payload}.${signature.slice(0, 20)} ${signature.slice(20)}`);
    await expectRefused(`${header}.${payload}.${signature.slice(0, 20)}\n${signature.slice(20)}`);
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
  ])('with a claim of a wrong type: %j', (claims) => expectRefused(hmac(HEADER, { ...CLAIMS, ...claims })));

  it('that is a text of another kind: a cursor, the id of a session', async () => {
    await expectRefused(encodeCursor({ instant: '2026-01-01T00:00:00.000000', pk: 1 }));
    const { body } = await service.call('sessions', 'GET', `JWT ${good}`);
    const [id] = /[\w-]{22}/.exec(JSON.stringify(body)) ?? [];
    await expectRefused(id ?? '');
  });
});

it.each([0, 1, 31])('a key of %i bytes cannot be set up', (bytes) => {
  expect(() => new KeySet({ algorithm: 'HS256', secret: Buffer.alloc(bytes) })).toThrow(RangeError);
});
