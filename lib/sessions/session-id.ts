import { createHash, randomBytes } from 'node:crypto';
import type { VerifiedToken } from '../tokens/tokens.ts';

const BYTES = 16;
const OF_DJANGO = /^django-(\d{1,16})-[\w-]{22}$/;

/** Makes the id of a new session: 128 random bits, base64url. @see OWASP ASVS 5.0, 7.2.3 */
export const newSid = (): string => randomBytes(BYTES).toString('base64url');

/** Makes what a write is known by when it is tried again: 128 random bits, base64url. */
export const newNonce = newSid;

/**
 * The session of a token: the one it names, or, for a token of Django's, an id made of the token itself, so that all
 * who refresh it mean the same one. That id tells when the token ends.
 */
export function sidOf({ session, token, expiresAt }: Pick<VerifiedToken, 'session' | 'token' | 'expiresAt'>) {
  if (session !== undefined) return session.sid;
  const digest = createHash('sha256').update(token).digest().subarray(0, BYTES);
  return `django-${Math.max(0, expiresAt)}-${digest.toString('base64url')}`;
}

/** Tells whether a session began with a token of Django's. */
export const isOfDjango = (sid: string): boolean => OF_DJANGO.test(sid);

/** When the token of Django's that a session began with ends, in seconds since 1970. */
export const endOfDjangoToken = (sid: string): number => Number(OF_DJANGO.exec(sid)?.[1]);
