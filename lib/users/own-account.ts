import { TokenError } from '../errors.ts';
import type { Principal } from '../sessions/token-validity.ts';
import type { Profile } from './user.ts';

/** Where profiles are read. */
export interface UserDirectory {
  /** @throws {UnavailableError} */
  findProfile(username: string): Promise<Profile | undefined>;
}

/** What callers may know of their own account. */
export class OwnAccount {
  readonly #users: UserDirectory;

  constructor(users: UserDirectory) {
    this.#users = users;
  }

  /** @throws {TokenError} for an account that has gone since the caller was let in */
  async find({ userId, username }: Pick<Principal, 'userId' | 'username'>): Promise<Profile> {
    const profile = await this.#users.findProfile(username);
    if (profile === undefined || profile.id !== userId) throw new TokenError('user_not_found');
    return profile;
  }
}
