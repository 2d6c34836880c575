import { TokenError } from '../errors.ts';
import type { Subject } from '../tokens/claims.ts';
import type { Account, AccountDirectory } from './user.ts';

/**
 * Finds the active account that a verified token names; username and id must both be its.
 *
 * @throws {TokenError} `user_not_found`, `user_disabled`
 * @throws {UnavailableError} when it could not be looked up
 */
export async function getPrincipal(directory: AccountDirectory, subject: Subject): Promise<Account> {
  const account = await directory.findAccount(subject.username);
  if (account === undefined || account.id !== subject.userId) throw new TokenError('user_not_found');
  if (!account.isActive) throw new TokenError('user_disabled');
  return account;
}
