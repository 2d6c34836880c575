import { setTimeout as delay } from 'node:timers/promises';
import { LoginRefusedError, UnavailableError } from '../errors.ts';
import type { Account, Credentials, CredentialsStore } from './user.ts';

/** What checks passwords against stored hashes. */
export interface PasswordChecker {
  verify(encoded: string, password: string): Promise<'match' | 'mismatch' | 'malformed' | 'too_expensive'>;
  hash(password: string): Promise<string>;
  needsRehash(encoded: string): boolean;
  isCurrentWork(encoded: string): boolean;
  decoy(password: string): Promise<void>;
}

/** What became of an old hash: there was none, it is replaced, somebody else changed it, the table was not reached. */
export type Upgrade = 'none' | 'replaced' | 'lost_race' | 'failed';

export interface LoginDependencies {
  readonly users: CredentialsStore;
  readonly passwords: PasswordChecker;
  /** Refusals are held to the next whole multiple of this many milliseconds; 0 holds none. */
  readonly refusalStepMs: number;
  /** Milliseconds, from any beginning. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** Logs users in by username and password. */
export class Login {
  readonly #dependencies: Required<LoginDependencies>;

  constructor(dependencies: LoginDependencies) {
    this.#dependencies = { now: () => performance.now(), sleep: (ms) => delay(ms), ...dependencies };
  }

  /**
   * Finds the active account that a username and a password open, and replaces a hash that is not today's.
   * A refusal takes as long whatever its reason.
   *
   * @throws {LoginRefusedError}
   * @throws {UnavailableError} when the account could not be looked up
   * @see OWASP ASVS 5.0, 6.3.8 (no user enumeration)
   */
  async authenticate(username: string, password: string): Promise<{ account: Account; upgrade: Upgrade }> {
    const { users, now } = this.#dependencies;
    const start = now();
    const credentials = await users.findCredentials(username);
    const refusal = await this.#check(credentials, password);
    if (credentials === undefined || refusal !== undefined) {
      await this.#holdSince(start);
      throw new LoginRefusedError(refusal ?? 'unknown_user', credentials?.id);
    }
    const { password: hash, ...account } = credentials;
    return { account, upgrade: await this.#upgrade(username, hash, password) };
  }

  /** Why a login is refused, if it is, found out by at least one computation of argon2id. */
  async #check(
    credentials: Credentials | undefined,
    password: string,
  ): Promise<LoginRefusedError['reason'] | undefined> {
    const { passwords } = this.#dependencies;
    const check = credentials && (await passwords.verify(credentials.password, password));
    if (check === 'match' && credentials?.isActive) return undefined;
    const spent =
      credentials &&
      (check === 'match' || check === 'mismatch') &&
      passwords.isCurrentWork(credentials.password);
    if (!spent) await passwords.decoy(password);
    if (credentials === undefined) return 'unknown_user';
    if (check === 'too_expensive') return 'expensive_hash';
    if (check === 'malformed') return 'unusable_hash';
    return check === 'match' ? 'disabled_user' : 'wrong_password';
  }

  async #holdSince(start: number): Promise<void> {
    const { refusalStepMs, now, sleep } = this.#dependencies;
    if (refusalStepMs === 0) return;
    const elapsed = now() - start;
    await sleep(Math.max(1, Math.ceil(elapsed / refusalStepMs)) * refusalStepMs - elapsed);
  }

  async #upgrade(username: string, hash: string, password: string): Promise<Upgrade> {
    const { users, passwords } = this.#dependencies;
    if (!passwords.needsRehash(hash)) return 'none';
    try {
      const replaced = await users.replacePassword(username, hash, await passwords.hash(password));
      return replaced ? 'replaced' : 'lost_race';
    } catch (error) {
      // The password was right; the old hash stays and is tried again at the next login.
      if (error instanceof UnavailableError) return 'failed';
      throw error;
    }
  }
}
