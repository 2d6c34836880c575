import type { AccountSessions } from '../sessions/session.ts';
import type { EndOthers, Eviction, SessionInsert } from '../sessions/session-change.ts';
import type { Account } from './account.ts';

/** An account with the hash its password is checked against, in Django's notation or in ours. */
export interface Credentials extends Account {
  readonly password: string;
}

/** An account with what its owner is shown of it; `dateJoined` is text as Django wrote it. */
export interface Profile extends Account {
  readonly firstName: string;
  readonly lastName: string;
  readonly dateJoined: string;
}

/** A user with everything that Django's `auth.user` holds; datetimes are text as Django wrote it. */
export interface User extends Credentials, Profile {
  readonly isStaff: boolean;
  readonly isSuperuser: boolean;
  readonly lastLogin: string | null;
  readonly groups: readonly unknown[];
  readonly userPermissions: readonly unknown[];
}

/** An account as a login finds it. */
export interface LoginRecord extends AccountSessions {
  /** The hash, in Django's notation or in ours. */
  readonly password: string;
  /** Prefixes of the networks of its last logins, the latest first. */
  readonly knownNetworks: readonly string[];
}

/** What a login changes besides adding a session. */
export interface LoginChange {
  /** The hash that replaces the stored one. */
  readonly hash: string | undefined;
  readonly knownNetworks: readonly string[] | undefined;
}

/** Where logins are checked. Reads are consistent; a write says whether the account still was as it was read. */
export interface LoginStore {
  /** @throws {UnavailableError} */
  findLogin(username: string): Promise<LoginRecord | undefined>;
  /** Opens a session if the account is active and its hash the one that was read. @throws {UnavailableError} */
  openForLogin(record: LoginRecord, insert: SessionInsert, change: LoginChange): Promise<boolean>;
  /** Evicts sessions that are beyond the limit. @throws {UnavailableError} */
  evict(account: Account, eviction: Eviction): Promise<boolean>;
  /** Replaces the hash that was read and ends every session but one. @throws {UnavailableError} */
  changePassword(record: LoginRecord, hash: string, change: EndOthers): Promise<boolean>;
}
