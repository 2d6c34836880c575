import type { AccountSessions } from '../sessions/session.ts';
import type { EndOthers, Eviction, SessionInsert } from '../sessions/session-change.ts';
import type { Account, NamedAccount } from './account.ts';

/** An account with its password hash, in the notation of Django or of this service. */
export interface Credentials extends Account {
  readonly password: string;
}

/** An account with the data that its owner can read. `dateJoined` has the format that Django wrote. */
export interface Profile extends NamedAccount {
  readonly dateJoined: string;
}

/** A user with all fields of `auth.user` in Django. Datetimes have the format that Django wrote. */
export interface User extends Credentials, Profile {
  readonly isStaff: boolean;
  readonly isSuperuser: boolean;
  readonly lastLogin: string | null;
  readonly groups: readonly unknown[];
  readonly userPermissions: readonly unknown[];
}

/** A user model of Django, as dumps name it. */
export interface UserModel {
  /** As `app.model`. */
  readonly model: string;
  /** The field by which users log in. */
  readonly usernameField: string;
  /** The fields that the model has, of those of `auth.user`, and the username field; undefined for all. */
  readonly fields: readonly string[] | undefined;
}

/** An account as a login reads it. */
export interface LoginRecord extends AccountSessions {
  readonly account: NamedAccount;
  /** The hash, in the notation of Django or of this service. */
  readonly password: string;
  /** Prefixes of the networks of recent logins, latest first. */
  readonly knownNetworks: readonly string[];
}

/** Changes that a login makes in addition to its session. */
export interface LoginChange {
  /** The hash that replaces the stored one. */
  readonly hash: string | undefined;
  readonly knownNetworks: readonly string[] | undefined;
}

/**
 * Reads and writes accounts for logins. Reads are strongly consistent. A write returns false if the account has changed
 * since.
 */
export interface LoginStore {
  /** @throws {UnavailableError} */
  findLogin(username: string): Promise<LoginRecord | undefined>;
  /** Adds a session if the account is active and its hash is unchanged. @throws {UnavailableError} */
  openForLogin(record: LoginRecord, insert: SessionInsert, change: LoginChange): Promise<boolean>;
  /** Evicts sessions that are beyond the limit. @throws {UnavailableError} */
  evict(account: Account, eviction: Eviction): Promise<boolean>;
  /** Replaces an unchanged hash and ends all sessions except one. @throws {UnavailableError} */
  changePassword(record: LoginRecord, hash: string, change: EndOthers): Promise<boolean>;
}
