import { TokenError } from '../errors.ts';
import type { Account, AccountDirectory } from './user.ts';

/** Whom a token names. */
export interface Subject {
  readonly userId: number;
  readonly username: string;
}

/** What checks everything about a token that needs no user. */
export interface TokenVerifier<Verified extends { readonly subject: Subject }> {
  /** @throws {TokenError} */
  verify(token: string): Promise<Verified>;
}

/** Finds out whom a token stands for. */
export class Authentication<Verified extends { readonly subject: Subject }> {
  readonly #tokens: TokenVerifier<Verified>;
  readonly #accounts: AccountDirectory;

  constructor({ tokens, accounts }: { tokens: TokenVerifier<Verified>; accounts: AccountDirectory }) {
    this.#tokens = tokens;
    this.#accounts = accounts;
  }

  /**
   * Checks a token and finds the active account it names; username and id must both be that account's, so that nobody
   * inherits a freed username's tokens.
   *
   * @throws {TokenError} any code but those of refreshing
   * @throws {UnavailableError} when the account could not be looked up
   */
  async authenticate(token: string): Promise<{ verified: Verified; account: Account }> {
    const verified = await this.#tokens.verify(token);
    const account = await this.#accounts.findAccount(verified.subject.username);
    if (account === undefined || account.id !== verified.subject.userId)
      throw new TokenError('user_not_found');
    if (!account.isActive) throw new TokenError('user_disabled');
    return { verified, account };
  }
}
