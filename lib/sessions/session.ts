import type { Account } from '../users/user.ts';

/** What a token of a session was signed with, so that it can be signed again to the same bytes. */
export interface Leaf {
  /** Its `exp`, in seconds since 1970. */
  readonly expiresAt: number;
  readonly email: string;
  /** Random, of the request that made it: a write that is tried again is known by it. */
  readonly nonce: string;
}

/** The client of a session, as far as it can be told. */
export interface Device {
  /** What the device calls itself, if it does. */
  readonly label: string | undefined;
  /** The address it was last seen at, if it is known. */
  readonly address: string | undefined;
}

/** A login on one device. Its tokens are one line of generations; the newest is the leaf. */
export interface Session extends Device {
  /** The generation of the leaf; the token of the login is 0. */
  readonly generation: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970. */
  readonly refreshedAt: number;
  /** The last second since 1970 in which its tokens can be refreshed. */
  readonly refreshableUntil: number;
  readonly leaf: Leaf;
  /** What the leaf took the place of, once it was refreshed twice. */
  readonly previous: Leaf | undefined;
  /** Digest of the `Idempotency-Key` that the leaf was asked for with. */
  readonly idempotencyKey: string | undefined;
}

/** How an account stands to one token, as read at one moment. */
export interface TokenState {
  readonly account: Account;
  /** The session of the token, while there is one. */
  readonly session: Session | undefined;
  readonly ended: EndedTokens;
}

/** Which tokens of Django's are over before their `exp`: they have no session that could be missing. */
export interface EndedTokens {
  readonly sids: ReadonlySet<string>;
  /** Every one whose login was up to this second since 1970, or is not known. */
  readonly upTo: number | undefined;
}

/** All sessions of an account, by `sid`, as read at one moment. */
export interface SessionHolder {
  readonly account: Account;
  readonly sessions: ReadonlyMap<string, Session>;
  readonly ended: EndedTokens;
}

/** How long tokens live and how many sessions there may be. */
export interface SessionRules {
  /** How long a token lives, in seconds. */
  readonly lifetimeSeconds: number;
  /** How long after the login tokens can be refreshed, in seconds. */
  readonly refreshSeconds: number;
  readonly allowRefresh: boolean;
  readonly refreshAfterExpiry: boolean;
  readonly leewaySeconds: number;
  /** How many sessions a user may have; the one longest unused makes room. */
  readonly sessionsPerUser: number;
  /** How long a token that was refreshed can be refreshed again, in seconds; without, until its successor was. */
  readonly reuseSeconds: number | undefined;
}

/** The next generation of a session, asked for by a token of the one before it. */
export interface Advance {
  readonly username: string;
  readonly userId: number;
  readonly sid: string;
  /** The generation that the token is of. */
  readonly from: number;
  /** `exp` of the new leaf, in seconds since 1970. */
  readonly expiresAt: number;
  readonly nonce: string;
  readonly idempotencyKey: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly address: string | undefined;
}

/** A session to be stored, and what goes to make room for it. */
export interface Opening {
  readonly sid: string;
  readonly session: Session;
  /** Sessions that fall out, as they were read. */
  readonly fallen: ReadonlyMap<string, Session>;
  /** How many sessions there may be besides, those that fall out included. */
  readonly others: number;
  /** Ended tokens of Django's that have run out since, and need not be remembered. */
  readonly forgotten: readonly string[];
}

/** Sessions of one account; each change is one conditional write. Reads are consistent. */
export interface SessionStore {
  /** @throws {UnavailableError} */
  findState(username: string, sid: string): Promise<TokenState | undefined>;
  /** @throws {UnavailableError} */
  findHolder(username: string): Promise<SessionHolder | undefined>;
  /**
   * Raises the generation if the account is active and the session still at `from`; gives the e-mail address that the
   * new leaf is signed with, or nothing where the condition failed.
   *
   * @throws {UnavailableError}
   */
  advance(advance: Advance): Promise<string | undefined>;
  /**
   * Stores the session of a token of Django's whose login was at `loginAt`, if the account is active, the token was not
   * ended and has no session yet; tells whether it did.
   *
   * @throws {UnavailableError}
   */
  openForToken(account: Account, loginAt: number | undefined, opening: Opening): Promise<boolean>;
  /**
   * Evicts sessions. Condition: each is unchanged since it was read, or already gone. Returns whether the condition held.
   * The eviction of a session of a Django-issued token also revokes the token.
   *
   * @throws {UnavailableError}
   */
  evict(account: Account, evicted: ReadonlyMap<string, Session>): Promise<boolean>;
  /** Ends one session, and the token of Django's that it began with. @throws {UnavailableError} */
  end(username: string, userId: number, sid: string): Promise<void>;
  /**
   * Ends every session but one, and every token of Django's up to a second; tells whether the one was as it was read.
   *
   * @throws {UnavailableError}
   */
  endOthers(account: Account, kept: Kept, upTo: number): Promise<boolean>;
  /** Ends every session and every token of Django's up to a second. @throws {UnavailableError} */
  endAll(username: string, userId: number, upTo: number): Promise<void>;
}

/** The session that stays when the others end. */
export interface Kept {
  readonly sid: string;
  readonly session: Session;
  /** Whether it is stored; a token of Django's that was never refreshed has none yet. */
  readonly isStored: boolean;
  /** When the login of its token was, in seconds since 1970, if that is known. */
  readonly loginAt: number | undefined;
}
