import { TokenError } from '../errors.ts';
import type { Principal } from '../sessions/token-validity.ts';
import type { Profile } from './user.ts';

/** Reads the profiles of users. */
export interface ProfileStore {
  /** @throws {UnavailableError} */
  findProfile(username: string): Promise<Profile | undefined>;
}

export interface AccountServiceDependencies {
  readonly users: ProfileStore;
}

/** Reads the account of a caller. */
export class AccountService {
  readonly #dependencies: AccountServiceDependencies;

  constructor(dependencies: AccountServiceDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Returns the profile of a caller.
   *
   * @throws {TokenError} `user_not_found` if the account was deleted since the caller was authorized
   * @throws {UnavailableError} if the account cannot be read
   */
  async getProfile({ userId, username }: Pick<Principal, 'userId' | 'username'>): Promise<Profile> {
    const profile = await this.#dependencies.users.findProfile(username);
    if (profile === undefined || profile.id !== userId) throw new TokenError('user_not_found');
    return profile;
  }
}
