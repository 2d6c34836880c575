import type { RetryTiming } from '../retry-on-conflict.ts';
import type { Tokens } from '../tokens/tokens.ts';
import type { Account } from '../users/user.ts';
import { addBeyondLimit, makeRoom } from './making-room.ts';
import type { Device, Opening, Session, SessionHolder, SessionRules } from './session.ts';
import { newNonce, newSid } from './session-id.ts';
import { whole } from './standing.ts';
import { evictSurplus, type SurplusStore } from './surplus-eviction.ts';

export interface LoginSessionDependencies {
  readonly tokens: Pick<Tokens, 'issue'>;
  readonly rules: SessionRules;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly newSid?: () => string;
  readonly newNonce?: () => string;
}

/** The session of a login that is not stored yet. */
export interface LoginSession {
  readonly sid: string;
  /** Plans its write: it evicts other sessions, or exceeds the limit if such a write has failed. */
  openingFor(holder: SessionHolder, isContended?: boolean): Opening;
  /** Evicts the sessions beyond the limit. @throws {UnavailableError} */
  evictSurplus(store: SurplusStore, retryTiming: RetryTiming | undefined): Promise<void>;
  /** Issues its first token. */
  issue(account: Account): Promise<string>;
}

/** Begins sessions, one for each login. */
export class LoginSessions {
  readonly #dependencies: Required<LoginSessionDependencies>;

  constructor(dependencies: LoginSessionDependencies) {
    this.#dependencies = { clock: Date.now, newSid, newNonce, ...dependencies };
  }

  /** Begins the session of a login that happens now. */
  begin(device: Device): LoginSession {
    const { tokens, rules, clock, newSid, newNonce } = this.#dependencies;
    const [sid, nonce, at] = [newSid(), newNonce(), clock()];
    const loginAt = Math.floor(at / 1000);
    const expiresAt = whole(loginAt + rules.lifetimeSeconds);
    return {
      sid,
      openingFor: (holder, isContended) => {
        const session: Session = {
          generation: 0,
          createdAt: at,
          refreshedAt: at,
          refreshableUntil: whole(loginAt + rules.refreshSeconds),
          leaf: { expiresAt, nonce, email: holder.account.email },
          previous: undefined,
          idempotencyKey: undefined,
          ...device,
        };
        const plan = isContended ? addBeyondLimit : makeRoom;
        return plan(holder, { sid, session }, rules, loginAt);
      },
      evictSurplus: (store, retryTiming) => evictSurplus(store, rules, loginAt, retryTiming),
      issue: (account) => {
        const originallyIssuedAt = rules.allowRefresh ? loginAt : undefined;
        return tokens.issue(account, { sid, generation: 0, expiresAt, originallyIssuedAt });
      },
    };
  }
}
