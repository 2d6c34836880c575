import type { SignedClaims } from '../tokens/signed-claims.ts';
import type { Account } from '../users/account.ts';

/** The data from which a token of a session is signed, so that signing it again results in the same bytes. */
export interface IssuedToken {
  /** Its `exp`, in seconds since 1970. */
  readonly expiresAt: number;
  readonly claims: SignedClaims;
  /** Random value from the request that issued it. If the SDK retries the write, the request recognizes its own token. */
  readonly nonce: string;
}

/** A device of a user. */
export interface Device {
  /** The name that the device sends. */
  readonly label: string | undefined;
  /** The address of its last login or refresh. */
  readonly address: string | undefined;
}

/** A client that logs in or refreshes a token. */
export interface SessionClient extends Device {
  /** Digest of the `Idempotency-Key` of its request. */
  readonly idempotencyKey?: string | undefined;
}

/** A login on one device. Each refresh issues its next token. The newest token is the current one. */
export interface Session extends Device {
  /** Position of the current token in the session. The token issued at login has position 0. */
  readonly generation: number;
  /**
   * Random, if the session begins with a token issued by Django. Such a token can begin a session again, with the same id.
   * The other tokens of a session contain its instance, so that those of an ended one stay revoked.
   */
  readonly instance?: string | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970. */
  readonly refreshedAt: number;
  /** The last time at which its tokens can be refreshed, in seconds since 1970. */
  readonly refreshableUntil: number;
  readonly current: IssuedToken;
  /** The token before the current one, if the session has been refreshed. */
  readonly previous: IssuedToken | undefined;
  /** Digest of the `Idempotency-Key` of the refresh that issued the current token. */
  readonly idempotencyKey: string | undefined;
  /** Whether its client has opted in to reuse detection: it sent an `Idempotency-Key`. */
  readonly isOptedIn: boolean;
}

/**
 * Tokens issued by Django that are revoked before their `exp`. They are listed because they may have no session to
 * remove.
 */
export interface RevokedLegacyTokens {
  readonly sids: ReadonlySet<string>;
  /** Tokens are revoked if their login was at or before this time, in seconds since 1970, or if it is not known. */
  readonly before: number | undefined;
}

/** An account and its sessions by `sid`, from one read. A read for one token contains only its session. */
export interface AccountSessions {
  readonly account: Account;
  /** The claims for a token that is issued now. */
  readonly claims: SignedClaims;
  readonly sessions: ReadonlyMap<string, Session>;
  readonly revoked: RevokedLegacyTokens;
}

/** `auto` detects reuse in the sessions of clients that opted in, `always` in all, `never` in none. */
export type ReuseDetection = 'auto' | 'always' | 'never';

/** Token lifetimes and session limits. */
export interface SessionRules {
  /** Lifetime of a token, in seconds. */
  readonly lifetimeSeconds: number;
  /** Time after a login during which its tokens can be refreshed, in seconds. */
  readonly refreshSeconds: number;
  readonly allowRefresh: boolean;
  readonly refreshAfterExpiry: boolean;
  readonly leewaySeconds: number;
  /** Maximum number of sessions per user. A further login evicts the least recently used session. */
  readonly sessionsPerUser: number;
  readonly reuseDetection: ReuseDetection;
  /**
   * With reuse detection: time after its refresh during which a token can be refreshed again, in seconds. If undefined,
   * it can be refreshed again until its successor is refreshed.
   */
  readonly reuseSeconds: number | undefined;
}

/** The rules that decide when a session has expired. */
export type ExpiryRules = Pick<SessionRules, 'leewaySeconds' | 'refreshAfterExpiry'>;
/** The rules for adding a session to an account. */
export type LimitRules = ExpiryRules & Pick<SessionRules, 'refreshSeconds' | 'sessionsPerUser'>;
export type LoginRules = LimitRules & Pick<SessionRules, 'lifetimeSeconds' | 'allowRefresh'>;
export type RefreshRules = LimitRules &
  Pick<SessionRules, 'lifetimeSeconds' | 'reuseDetection' | 'reuseSeconds'>;
/** The rules for listing and ending the sessions of a caller. */
export type OwnerRules = ExpiryRules & Pick<SessionRules, 'refreshSeconds'>;
