import { type Clock, toSeconds } from '../clock.ts';
import type { RetryTiming } from '../retry-on-conflict.ts';
import type { Tokens } from '../tokens/tokens.ts';
import type { AccountSessions, LoginRules, SessionClient } from './session.ts';
import type { SessionInsert } from './session-change.ts';
import { newNonce, newSid } from './session-id.ts';
import { openSession, planInsert } from './session-machine.ts';
import { evictSurplus, type SurplusStore } from './surplus-eviction.ts';
import { toSafeInteger } from './token-validity.ts';

export interface LoginSessionDependencies {
  readonly tokens: Pick<Tokens, 'issue'>;
  readonly rules: LoginRules;
  readonly clock: Clock;
  readonly newSid?: () => string;
  readonly newNonce?: () => string;
}

/** Creates sessions for logins. */
export class LoginSessions {
  readonly #dependencies: Required<LoginSessionDependencies>;

  constructor(dependencies: LoginSessionDependencies) {
    this.#dependencies = { newSid, newNonce, ...dependencies };
  }

  /** Creates a session for a login at the current time, before it is stored. */
  begin(client: SessionClient) {
    const { tokens, rules, clock, newSid, newNonce } = this.#dependencies;
    const [sid, nonce, at] = [newSid(), newNonce(), clock()];
    const loginAt = toSeconds(at);
    const expiresAt = toSafeInteger(loginAt + rules.lifetimeSeconds);
    return {
      sid,
      /** Plans adding it to the account. After a write conflict (`isContended`) it may exceed the session limit. */
      planInsert: (state: AccountSessions, isContended = false): SessionInsert => {
        const session = openSession(client, { expiresAt, nonce, claims: state.claims }, at, rules);
        return planInsert(state, { sid, session, legacy: undefined }, rules, loginAt, isContended);
      },
      /** Evicts the sessions beyond the limit. @throws {UnavailableError} */
      evictSurplus: (store: SurplusStore, retryTiming: RetryTiming | undefined): Promise<void> =>
        evictSurplus(store, rules, loginAt, retryTiming),
      /** Issues its first token. */
      issue: ({ account: { id, username }, claims }: Pick<AccountSessions, 'account' | 'claims'>) => {
        const originallyIssuedAt = rules.allowRefresh ? loginAt : undefined;
        const user = { ...claims, id, username };
        return tokens.issue(user, { sid, generation: 0, expiresAt, originallyIssuedAt });
      },
    };
  }
}
