/** What a token and an authorizer need to know of a user. */
export interface Account {
  readonly id: number;
  /** Case-sensitive, exactly as Django stored it. */
  readonly username: string;
  readonly email: string;
  readonly isActive: boolean;
}

/** An account with the hash its password is checked against, in Django's notation or in ours. */
export interface Credentials extends Account {
  readonly password: string;
}

/** A user with everything that Django's `auth.user` holds; datetimes are text as Django wrote it. */
export interface User extends Credentials {
  readonly firstName: string;
  readonly lastName: string;
  readonly isStaff: boolean;
  readonly isSuperuser: boolean;
  readonly dateJoined: string;
  readonly lastLogin: string | null;
  readonly groups: readonly unknown[];
  readonly userPermissions: readonly unknown[];
}

/** Where accounts are read when a token is checked. Reads are consistent. */
export interface AccountDirectory {
  /** @throws {UnavailableError} when it could not be looked up */
  findAccount(username: string): Promise<Account | undefined>;
}

/** Where logins are checked and hashes replaced. */
export interface CredentialsStore {
  /** @throws {UnavailableError} */
  findCredentials(username: string): Promise<Credentials | undefined>;
  /**
   * Replaces the hash if it is still `expected`; tells whether it was.
   *
   * @throws {UnavailableError}
   */
  replacePassword(username: string, expected: string, replacement: string): Promise<boolean>;
}
