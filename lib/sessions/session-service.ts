import { type Clock, toSeconds } from '../clock.ts';
import { NotFoundError } from '../errors.ts';
import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import type { AccountSessions, OwnerRules, Session } from './session.ts';
import type { SessionStore } from './session-change.ts';
import { newNonce } from './session-id.ts';
import { endSession, planEndOthers } from './session-machine.ts';
import { assertSessionActive, isSessionExpired, type Principal } from './token-validity.ts';

export interface SessionServiceDependencies {
  readonly sessions: Pick<SessionStore, 'findAccountSessions' | 'write'>;
  readonly rules: OwnerRules;
  readonly clock: Clock;
  readonly retryTiming?: RetryTiming | undefined;
}

/** A session as its owner sees it. */
export interface ListedSession extends Session {
  readonly sid: string;
  readonly isCurrent: boolean;
}

/** Lists and ends the sessions of a caller. */
export class SessionService {
  readonly #dependencies: Required<SessionServiceDependencies>;

  constructor(dependencies: SessionServiceDependencies) {
    this.#dependencies = { retryTiming: undefined, ...dependencies };
  }

  /**
   * Lists the sessions that have not expired, the most recently used first.
   *
   * @throws {TokenError}
   * @throws {UnavailableError}
   */
  async list(caller: Principal): Promise<readonly ListedSession[]> {
    const { rules } = this.#dependencies;
    const { sessions } = await this.#read(caller);
    return [...sessions]
      .filter(([, session]) => !isSessionExpired(session, rules, this.#nowSeconds()))
      .map(([sid, session]) => ({ ...session, sid, isCurrent: sid === caller.sid }))
      .sort((a, b) => b.refreshedAt - a.refreshedAt);
  }

  /**
   * Ends one of the caller's sessions.
   *
   * @throws {NotFoundError}
   * @throws {TokenError}
   * @throws {UnavailableError}
   */
  async end(caller: Principal, sid: string): Promise<void> {
    const { sessions } = await this.#read(caller);
    if (!sessions.has(sid)) throw new NotFoundError();
    await this.#dependencies.sessions.write(caller, endSession(sid));
  }

  /**
   * Ends all sessions except the caller's.
   *
   * @throws {TokenError}
   * @throws {UnavailableError}
   */
  async endOthers(caller: Principal): Promise<void> {
    const { sessions, rules, clock, retryTiming } = this.#dependencies;
    await retryOnConflict(async () => {
      const change = planEndOthers(await this.#read(caller), caller, rules, clock(), newNonce());
      return (await sessions.write(caller, change)) || undefined;
    }, retryTiming);
  }

  /**
   * Ends all sessions, including the caller's.
   *
   * @throws {TokenError}
   * @throws {UnavailableError}
   */
  async endAll(caller: Principal): Promise<void> {
    await this.#read(caller);
    const change = { type: 'end_all', revokedBefore: this.#nowSeconds() } as const;
    await this.#dependencies.sessions.write(caller, change);
  }

  async #read(caller: Principal): Promise<AccountSessions> {
    const state = await this.#dependencies.sessions.findAccountSessions(caller.username);
    return assertSessionActive(state, caller);
  }

  #nowSeconds(): number {
    return toSeconds(this.#dependencies.clock());
  }
}
