import { createSecretKey } from 'node:crypto';
import { createVerifier } from 'fast-jwt';
import { jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { toSeconds } from '../../lib/clock.ts';
import { newSid } from '../../lib/sessions/session-id.ts';
import { createTokens } from '../../lib/wiring.ts';
import { RULES, SECRET } from '../harness/service.ts';
import { interleaved, medianOf, type Times } from './measure.ts';
import { type Measurement, ratio } from './results.ts';

const LIMIT = 1.25;

/** Compares the verification of a token, including the claims, with jose alone and with other libraries. */
export async function bench(): Promise<Measurement[]> {
  const secret = new TextEncoder().encode(SECRET);
  const tokens = createTokens({ settings: { tokens: RULES }, clock: Date.now });
  const nowSeconds = toSeconds(Date.now());
  const token = await tokens.issue(
    { id: 1, username: 'deku', email: 'deku@example.com' },
    {
      sid: newSid(),
      generation: 0,
      expiresAt: nowSeconds + RULES.lifetimeSeconds,
      originallyIssuedAt: nowSeconds,
    },
  );
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', secret, hmac, false, ['verify']);
  const keyObject = createSecretKey(secret);
  const fastJwt = createVerifier({ key: SECRET, algorithms: ['HS256'] });
  const { ours, jose, bytes, theirs, fast } = await interleaved(
    {
      ours: () => tokens.verify(token),
      jose: () => jwtVerify(token, imported, { algorithms: ['HS256'] }),
      bytes: () => jwtVerify(token, secret, { algorithms: ['HS256'] }),
      // These two are synchronous and block the event loop.
      theirs: async () => jsonwebtoken.verify(token, keyObject, { algorithms: ['HS256'] }),
      fast: async () => fastJwt(token),
    },
    { rounds: 200, perRound: 50 },
  );
  const against = (times: Times) =>
    `${microseconds(times)} against ${microseconds(jose)} of jose.jwtVerify with an imported key`;
  return [
    ratio('verification of a token', ours, jose, { limit: LIMIT, detail: against(ours) }),
    ratio('… with jose and a key in bytes', bytes, jose, { detail: against(bytes) }),
    ratio('… with jsonwebtoken', theirs, jose, { detail: against(theirs) }),
    ratio('… with fast-jwt, without its cache', fast, jose, { detail: against(fast) }),
  ];
}

const microseconds = (times: Times) => `${Math.round(medianOf(times) * 1000)} µs`;
