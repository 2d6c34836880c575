import { type Clock, toSeconds } from '../clock.ts';
import { TokenError } from '../errors.ts';
import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import type { Tokens, TokenUser } from '../tokens/tokens.ts';
import type { AccountSessions, RefreshRules, SessionClient } from './session.ts';
import type { Advance, SessionInsert, SessionStore } from './session-change.ts';
import { newNonce, toSidClaim } from './session-id.ts';
import {
  currentOf,
  decideRefresh,
  decideUnread,
  type RefreshDecision,
  type RefreshRequest,
  type RefreshResult,
} from './session-machine.ts';
import { evictSurplus, type SurplusStore } from './surplus-eviction.ts';
import { type Principal, toPrincipal, toSafeInteger } from './token-validity.ts';

export interface TokenRefresherDependencies {
  readonly tokens: Pick<Tokens, 'verify' | 'verifyEvenExpired' | 'issue'>;
  readonly sessions: SessionStore;
  readonly rules: RefreshRules;
  /** Called when a session has been ended because one of its tokens was reused. */
  readonly onReuse?: () => void | Promise<void>;
  readonly clock: Clock;
  readonly newNonce?: () => string;
  readonly retryTiming?: RetryTiming | undefined;
}

/** Refreshes tokens as {@link decideRefresh} decides. */
export class TokenRefresher {
  readonly #dependencies: Required<TokenRefresherDependencies>;

  constructor(dependencies: TokenRefresherDependencies) {
    this.#dependencies = { newNonce, onReuse: () => {}, retryTiming: undefined, ...dependencies };
  }

  /**
   * Returns the successor of a token. The successor keeps `orig_iat`, has a new `exp`, and takes its other claims from
   * the current account.
   *
   * @throws {TokenError}
   * @throws {UnavailableError} if the table cannot be read or written, or there are too many write conflicts
   */
  async refresh(
    token: string,
    client: SessionClient,
  ): Promise<{ token: string } & Pick<Principal, 'userId' | 'username'>> {
    const { tokens, rules, clock, newNonce } = this.#dependencies;
    const verified = await (rules.refreshAfterExpiry
      ? tokens.verifyEvenExpired(token)
      : tokens.verify(token));
    const principal = toPrincipal(verified);
    const at = clock();
    const issued = { expiresAt: toSafeInteger(toSeconds(at) + rules.lifetimeSeconds), nonce: newNonce() };
    const { originallyIssuedAt, expiresAt } = verified;
    const request = { principal, originallyIssuedAt, client, issued, at };
    const result = await this.#result(request, expiresAt);
    const successor = result.type === 'presented' ? token : await this.#sign(request, result);
    return { token: successor, userId: principal.userId, username: principal.username };
  }

  async #result(request: RefreshRequest, expiresAt: number): Promise<RefreshResult> {
    const { rules, retryTiming } = this.#dependencies;
    const { principal } = request;
    let isContended = false;
    const result = await retryOnConflict(async (attempt) => {
      isContended = attempt > 0;
      const first =
        decideUnread(request, expiresAt, rules) ??
        decideRefresh(await this.#read(principal), request, rules, isContended);
      const executed = await this.#execute(first, request);
      if (executed !== undefined) return executed;
      // The result of a repeated refresh is known from this read, without a pause.
      const second = decideRefresh(await this.#read(principal), request, rules);
      return second.type === 'issue' ? undefined : this.#execute(second, request);
    }, retryTiming);
    if (isContended && principal.isLegacy) await this.#evictSurplus(request);
    return result;
  }

  /** Returns undefined if a write conflicted. @throws {TokenError} for a decision that refuses the token */
  async #execute(decision: RefreshDecision, request: RefreshRequest): Promise<RefreshResult | undefined> {
    const { sessions, onReuse } = this.#dependencies;
    switch (decision.type) {
      case 'successor':
      case 'presented':
        return decision;
      case 'refuse':
        throw new TokenError(decision.code);
      case 'reuse':
        await sessions.write(request.principal, decision.change);
        await onReuse();
        throw new TokenError('refresh_reuse');
      case 'issue':
        return this.#issue(decision.change, request);
    }
  }

  async #issue(
    change: Advance | SessionInsert,
    { principal }: RefreshRequest,
  ): Promise<RefreshResult | undefined> {
    const { sessions } = this.#dependencies;
    if (change.type === 'insert') {
      const isWritten = await sessions.write(principal, change);
      return isWritten ? currentOf(change.session) : undefined;
    }
    const issued = await sessions.advance(principal, change);
    const { from, instance } = change;
    return issued && { type: 'successor', issued, generation: from + 1, instance };
  }

  #sign(request: RefreshRequest, result: RefreshResult & { readonly type: 'successor' }): Promise<string> {
    const { principal, originallyIssuedAt } = request;
    const { userId: id, username } = principal;
    const { claims, expiresAt } = result.issued;
    const user: TokenUser = { ...claims, id, username };
    const sid = toSidClaim(principal.sid, result.instance);
    const grant = { sid, generation: result.generation, expiresAt, originallyIssuedAt };
    return this.#dependencies.tokens.issue(user, grant);
  }

  #evictSurplus({ principal, at }: RefreshRequest): Promise<void> {
    const { sessions, rules, retryTiming } = this.#dependencies;
    const store: SurplusStore = {
      find: () => this.#read(principal),
      evict: (_, eviction) => sessions.write(principal, eviction),
    };
    return evictSurplus(store, rules, toSeconds(at), retryTiming);
  }

  /** A token issued by Django may need a new session, which depends on all sessions of the account. */
  #read({ username, sid, isLegacy }: Principal): Promise<AccountSessions | undefined> {
    const { sessions } = this.#dependencies;
    return isLegacy ? sessions.findAccountSessions(username) : sessions.findSession(username, sid);
  }
}
