import type { Subject } from '../tokens/claims.ts';
import type { AccountSessions, IssuedToken, Session } from './session.ts';

/** Issues the next token of a session: the current token becomes the previous one. */
export interface Advance {
  readonly type: 'advance';
  readonly sid: string;
  /** Condition: the session is at this generation, and the account is active. */
  readonly from: number;
  /** Condition: the session has this instance, or none if undefined. */
  readonly instance?: string | undefined;
  /** The new token; its claims are the account's at the time of the write. */
  readonly issued: Omit<IssuedToken, 'claims'>;
  readonly idempotencyKey: string | undefined;
  /** The address of the client. Undefined keeps the stored address. */
  readonly address: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Adds a session. Condition: the account is active, has no session with this id, and has at most `maxExisting`
 * sessions.
 */
export interface SessionInsert {
  readonly type: 'insert';
  readonly sid: string;
  readonly session: Session;
  /** Sessions that are removed to make room. Condition: they are unchanged since they were read. */
  readonly evicted: ReadonlyMap<string, Session>;
  readonly maxExisting: number;
  /** Ids of evicted sessions to store as revoked. */
  readonly tombstones: readonly string[];
  /** Stored ids of revoked sessions whose tokens have expired. */
  readonly expiredTombstones: readonly string[];
  /**
   * Set if the session begins with a token issued by Django: the time of its login, in seconds since 1970, if known.
   * Condition: the token is not revoked.
   */
  readonly legacy: { readonly loginAt: number | undefined } | undefined;
}

/** Ends one session. The only condition is the id of the account. */
export interface SessionEnd {
  readonly type: 'end';
  readonly sid: string;
  readonly tombstones: readonly string[];
}

/** Removes sessions. Condition: each is unchanged since it was read, or no longer stored. */
export interface Eviction {
  readonly type: 'evict';
  readonly evicted: ReadonlyMap<string, Session>;
  readonly tombstones: readonly string[];
}

/**
 * Ends all sessions but one, and revokes tokens issued by Django. Condition: the account is active; the surviving session
 * is at the generation and of the instance that were read or, if it is not stored, its token is not revoked.
 */
export interface EndOthers {
  readonly type: 'end_others';
  readonly sid: string;
  readonly session: Session;
  /** Whether the session is stored. A token issued by Django has none before its first refresh. */
  readonly isStored: boolean;
  /** Time of the login, in seconds since 1970, if known. */
  readonly loginAt: number | undefined;
  /** Tokens issued by Django are revoked if their login was at or before this time, in seconds since 1970. */
  readonly revokedBefore: number;
}

/** Ends all sessions, and revokes tokens issued by Django. The only condition is the id of the account. */
export interface EndAll {
  readonly type: 'end_all';
  readonly revokedBefore: number;
}

/** One conditional write on the sessions of an account. */
export type SessionChange = Advance | SessionInsert | SessionEnd | Eviction | EndOthers | EndAll;

/** Replaces listed tokens by the time of a login: all tokens issued by Django up to it are revoked. */
export interface RevocationFold {
  readonly sids: readonly string[];
  /** Seconds since 1970. */
  readonly revokedBefore: number;
}

/** The sessions of accounts. Reads are consistent; each change is one conditional write. */
export interface SessionStore {
  /** Reads an account with one of its sessions. @throws {UnavailableError} */
  findSession(username: string, sid: string): Promise<AccountSessions | undefined>;
  /** Reads an account with all its sessions. @throws {UnavailableError} */
  findAccountSessions(username: string): Promise<AccountSessions | undefined>;
  /**
   * Advances a session. Returns the data from which its new token is signed, or undefined if the condition failed.
   *
   * @throws {UnavailableError}
   */
  advance(owner: Subject, change: Advance): Promise<IssuedToken | undefined>;
  /** Makes any other change; returns false if its condition failed. @throws {UnavailableError} */
  write(owner: Subject, change: Exclude<SessionChange, Advance>): Promise<boolean>;
}
