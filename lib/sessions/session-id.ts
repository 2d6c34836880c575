import { createHash, randomBytes } from 'node:crypto';
import type { VerifiedToken } from '../tokens/tokens.ts';
import type { SessionRules } from './session.ts';

const BYTES = 16;
const LEGACY_SID = /^django-(\d{1,16})-[\w-]{22}$/;

/** Generates the id of a new session: 128 random bits in base64url. @see OWASP ASVS 5.0, 7.2.3 */
export const newSid = (): string => randomBytes(BYTES).toString('base64url');

/** Generates a nonce by which a retried write recognizes its own result: 128 random bits in base64url. */
export const newNonce = newSid;

/**
 * Returns the session id of a token. The id of a token issued by Django is derived from the token, so that every
 * refresh of it refers to the same session. It contains the token's `exp`.
 */
export function sidOf({ session, token, expiresAt }: Pick<VerifiedToken, 'session' | 'token' | 'expiresAt'>) {
  if (session !== undefined) return parseSidClaim(session.sid).sid;
  const digest = createHash('sha256').update(token).digest().subarray(0, BYTES);
  return `django-${Math.max(0, expiresAt)}-${digest.toString('base64url')}`;
}

/** Returns the `sid` claim of a token: the id of its session, with the instance if the session has one. */
export const toSidClaim = (sid: string, instance: string | undefined): string =>
  instance === undefined ? sid : `${sid}.${instance}`;

/** Reads the id of a session and its instance from a `sid` claim. */
export function parseSidClaim(claim: string): {
  readonly sid: string;
  readonly instance: string | undefined;
} {
  const [sid = claim, instance] = claim.split('.');
  return { sid, instance };
}

/** Returns whether a session begins with a token issued by Django. */
export const isLegacySid = (sid: string): boolean => LEGACY_SID.test(sid);

/** Returns the `exp` of the token issued by Django that a session begins with, in seconds since 1970. */
const legacyTokenExpiry = (sid: string): number => Number(LEGACY_SID.exec(sid)?.[1]);

/** Returns whether the token issued by Django that a session begins with can no longer be used or refreshed. */
export const isLegacyTokenOver = (
  sid: string,
  { leewaySeconds, refreshSeconds }: Pick<SessionRules, 'leewaySeconds' | 'refreshSeconds'>,
  nowSeconds: number,
): boolean => legacyTokenExpiry(sid) + leewaySeconds + refreshSeconds < nowSeconds;
