import type { Subject } from '../tokens/claims.ts';
import type { AccountSessions, IssuedToken } from './session.ts';
import type { Advance, SessionChange } from './session-change.ts';

export type AdvanceResult =
  | { readonly type: 'advanced'; readonly issued: IssuedToken }
  | { readonly type: 'conflict' };

/** The sessions of accounts. Reads are consistent; each change is one conditional write. */
export interface SessionStore {
  /** Reads an account with one of its sessions. @throws {UnavailableError} */
  findSession(username: string, sid: string): Promise<AccountSessions | undefined>;
  /** Reads an account with all its sessions. @throws {UnavailableError} */
  findAccountSessions(username: string): Promise<AccountSessions | undefined>;
  /** Advances a session and returns the data from which its new token is signed. @throws {UnavailableError} */
  advance(owner: Subject, change: Advance): Promise<AdvanceResult>;
  /** Makes any other change; returns false if its condition failed. @throws {UnavailableError} */
  write(owner: Subject, change: Exclude<SessionChange, Advance>): Promise<boolean>;
}
