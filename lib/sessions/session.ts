import type { SignedClaims } from '../tokens/signed-claims.ts';
import type { Account } from '../users/account.ts';

/** What a token of a session is signed from, so that it can be signed again to the same bytes. */
export interface IssuedToken {
  /** Its `exp`, in seconds since 1970. */
  readonly expiresAt: number;
  readonly claims: SignedClaims;
  /** Random, of the request that issued it: if the SDK repeats the write, the request recognises its own token. */
  readonly nonce: string;
}

/** What is known of a client. */
export interface Device {
  /** The name that the device sends. */
  readonly label: string | undefined;
  /** The address of its last login or refresh. */
  readonly address: string | undefined;
}

/** A client that logs in or refreshes. */
export interface SessionClient extends Device {
  /** Digest of the `Idempotency-Key` of its request. */
  readonly idempotencyKey?: string | undefined;
}

/** A login on one device. Each refresh issues its next token; the newest is the current one. */
export interface Session extends Device {
  /** Position of the current token in the session; the token of the login is 0. */
  readonly generation: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970. */
  readonly refreshedAt: number;
  /** The last second since 1970 in which its tokens can be refreshed. */
  readonly refreshableUntil: number;
  readonly current: IssuedToken;
  /** The token before the current one, once the session was refreshed. */
  readonly previous: IssuedToken | undefined;
  /** Digest of the `Idempotency-Key` of the refresh that issued the current token. */
  readonly idempotencyKey: string | undefined;
  /** Whether its client has opted in to reuse detection: it sent an `Idempotency-Key`. */
  readonly isOptedIn: boolean;
}

/** Tokens issued by Django that are revoked before their `exp`. They have no session that could be missing. */
export interface RevokedLegacyTokens {
  readonly sids: ReadonlySet<string>;
  /** All whose login was in this second since 1970 or before it, or is not known. */
  readonly before: number | undefined;
}

/** An account and its sessions by `sid`, as read at one moment. A read for one token holds only the session of it. */
export interface AccountSessions {
  readonly account: Account;
  /** The claims of a token that is issued now. */
  readonly claims: SignedClaims;
  readonly sessions: ReadonlyMap<string, Session>;
  readonly revoked: RevokedLegacyTokens;
}

/** `auto` detects reuse in the sessions of clients that opted in, `always` in all, `never` in none. */
export type ReuseDetection = 'auto' | 'always' | 'never';

/** How long tokens live and how many sessions there may be. */
export interface SessionRules {
  /** How long a token lives, in seconds. */
  readonly lifetimeSeconds: number;
  /** How long after the login tokens can be refreshed, in seconds. */
  readonly refreshSeconds: number;
  readonly allowRefresh: boolean;
  readonly refreshAfterExpiry: boolean;
  readonly leewaySeconds: number;
  /** How many sessions a user may have; a new one evicts the least recently used. */
  readonly sessionsPerUser: number;
  readonly reuseDetection: ReuseDetection;
  /**
   * With reuse detection: how long after its refresh a token can be refreshed again, in seconds. Undefined: until its
   * successor is refreshed.
   */
  readonly reuseSeconds: number | undefined;
}
