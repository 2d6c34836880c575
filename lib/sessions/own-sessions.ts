import { NotFoundError } from '../errors.ts';
import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import type { Kept, Session, SessionHolder, SessionRules, SessionStore } from './session.ts';
import { newNonce } from './session-id.ts';
import { assertStanding, isOver, type PresentedToken, stateOf, whole } from './standing.ts';

export interface OwnSessionsDependencies {
  readonly sessions: Pick<SessionStore, 'findHolder' | 'end' | 'endOthers' | 'endAll'>;
  readonly rules: SessionRules;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly retryTiming?: RetryTiming | undefined;
}

/** A session as its owner sees it. */
export interface ListedSession extends Session {
  readonly sid: string;
  readonly isCurrent: boolean;
}

/** What users do with their own sessions, by the token of one of them. */
export class OwnSessions {
  readonly #dependencies: Required<OwnSessionsDependencies>;

  constructor(dependencies: OwnSessionsDependencies) {
    this.#dependencies = { clock: Date.now, retryTiming: undefined, ...dependencies };
  }

  /** Lists the sessions that can still be used, the most recently used first. @throws {TokenError} {@link UnavailableError} */
  async list(caller: PresentedToken): Promise<readonly ListedSession[]> {
    const { rules } = this.#dependencies;
    const { sessions } = await this.#holderOf(caller);
    return [...sessions]
      .filter(([, session]) => !isOver(session, rules, this.#nowSeconds()))
      .map(([sid, session]) => ({ ...session, sid, isCurrent: sid === caller.sid }))
      .sort((a, b) => b.refreshedAt - a.refreshedAt);
  }

  /** Ends one of the caller's sessions. @throws {NotFoundError} {@link TokenError} {@link UnavailableError} */
  async end(caller: PresentedToken, sid: string): Promise<void> {
    const { sessions } = await this.#holderOf(caller);
    if (!sessions.has(sid)) throw new NotFoundError();
    await this.#dependencies.sessions.end(caller.username, caller.userId, sid);
  }

  /** Ends all sessions but the caller's. @throws {TokenError} {@link UnavailableError} */
  async endOthers(caller: PresentedToken): Promise<void> {
    const { sessions, rules, clock, retryTiming } = this.#dependencies;
    await retryOnConflict(async () => {
      const holder = await this.#holderOf(caller);
      const kept = keptSession(holder, caller, rules, clock());
      return (await sessions.endOthers(holder.account, kept, this.#nowSeconds())) || undefined;
    }, retryTiming);
  }

  /** Ends all sessions, the caller's with them. @throws {TokenError} {@link UnavailableError} */
  async endAll(caller: PresentedToken): Promise<void> {
    await this.#holderOf(caller);
    await this.#dependencies.sessions.endAll(caller.username, caller.userId, this.#nowSeconds());
  }

  async #holderOf(caller: PresentedToken): Promise<SessionHolder> {
    const holder = await this.#dependencies.sessions.findHolder(caller.username);
    return assertStandingHolder(holder, caller);
  }

  #nowSeconds(): number {
    return Math.floor(this.#dependencies.clock() / 1000);
  }
}

/** Makes sure that a caller's token still stands for the one who holds the sessions. @throws {TokenError} */
export function assertStandingHolder<Holder extends SessionHolder>(
  holder: Holder | undefined,
  caller: PresentedToken,
): Holder {
  return assertStanding(holder && { ...holder, ...stateOf(holder, caller.sid) }, caller);
}

/** The caller's session as it stays when the others end; that of a token of Django's begins by it. */
export function keptSession(
  { account, sessions }: SessionHolder,
  { sid, loginAt, validUntil }: PresentedToken,
  { refreshSeconds }: Pick<SessionRules, 'refreshSeconds'>,
  nowMs: number,
): Kept {
  const stored = sessions.get(sid);
  if (stored !== undefined) return { sid, session: stored, isStored: true, loginAt };
  // A token may say what it likes of its login: a date that can be shown is made of it.
  const at = loginAt === undefined ? nowMs : Math.min(Math.max(0, loginAt * 1000), nowMs);
  const session: Session = {
    generation: 0,
    createdAt: at,
    refreshedAt: at,
    refreshableUntil: loginAt === undefined ? 0 : whole(loginAt + refreshSeconds),
    leaf: { expiresAt: validUntil, email: account.email, nonce: newNonce() },
    previous: undefined,
    idempotencyKey: undefined,
    label: undefined,
    address: undefined,
  };
  return { sid, session, isStored: false, loginAt };
}
