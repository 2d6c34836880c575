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

/**
 * Checks a token and finds the active account it names; username and id must both be that account's, so that nobody
 * inherits a freed username's tokens.
 *
 * @throws {TokenError} any code but those of refreshing
 * @throws {UnavailableError} when the account could not be looked up
 */
export async function authenticate<Verified extends { readonly subject: Subject }>(
  token: string,
  { tokens, accounts }: { tokens: TokenVerifier<Verified>; accounts: AccountDirectory },
): Promise<{ verified: Verified; account: Account }> {
  const verified = await tokens.verify(token);
  const account = await accounts.findAccount(verified.subject.username);
  if (account === undefined || account.id !== verified.subject.userId) throw new TokenError('user_not_found');
  if (!account.isActive) throw new TokenError('user_disabled');
  return { verified, account };
}
