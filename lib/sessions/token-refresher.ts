import { type Clock, toSeconds } from '../clock.ts';
import { TokenError, type TokenErrorCode } from '../errors.ts';
import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import type { Tokens, TokenUser, VerifiedToken } from '../tokens/tokens.ts';
import {
  advanceOf,
  currentOf,
  decideRefresh,
  type RefreshDecision,
  type RefreshRequest,
  type RefreshResult,
} from './refresh-decision.ts';
import type { AccountSessions, SessionClient, SessionRules } from './session.ts';
import { newNonce, toSidClaim } from './session-id.ts';
import type { SessionStore } from './session-store.ts';
import { evictSurplus, type SurplusStore } from './surplus-eviction.ts';
import { assertSessionActive, type Principal, toPrincipal, toSafeInteger } from './token-validity.ts';

export interface TokenRefresherDependencies {
  readonly tokens: Pick<Tokens, 'verify' | 'verifyEvenExpired' | 'issue'>;
  readonly sessions: SessionStore;
  readonly rules: SessionRules;
  /** Called when a session has been ended because one of its tokens was reused. */
  readonly onReuse?: () => void | Promise<void>;
  readonly clock?: Clock;
  readonly newNonce?: () => string;
  readonly retryTiming?: RetryTiming | undefined;
}

type Executed =
  | { readonly type: 'completed'; readonly result: RefreshResult }
  | { readonly type: 'conflict' };

/** Refreshes tokens as {@link decideRefresh} decides. */
export class TokenRefresher {
  readonly #dependencies: Required<TokenRefresherDependencies>;

  constructor(dependencies: TokenRefresherDependencies) {
    this.#dependencies = {
      clock: Date.now,
      newNonce,
      onReuse: () => {},
      retryTiming: undefined,
      ...dependencies,
    };
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
    const check = checkOriginalIssue(verified, rules, toSeconds(at));
    if (check.type === 'refused') {
      // Errors that concern the user or the session take precedence, as in the original.
      assertSessionActive(await this.#read(principal), principal);
      throw new TokenError(check.code);
    }
    const request: RefreshRequest = {
      principal,
      originallyIssuedAt: check.originallyIssuedAt,
      client,
      generation: verified.session?.generation ?? 0,
      issued: { expiresAt: toSafeInteger(toSeconds(at) + rules.lifetimeSeconds), nonce: newNonce() },
      at,
    };
    const result = await this.#result(request, verified);
    const successor = result.type === 'presented' ? token : await this.#sign(request, result);
    return { token: successor, userId: principal.userId, username: principal.username };
  }

  async #result(request: RefreshRequest, verified: VerifiedToken): Promise<RefreshResult> {
    const { rules, retryTiming } = this.#dependencies;
    const { principal } = request;
    let isContended = false;
    const result = await retryOnConflict(async (attempt) => {
      isContended = attempt > 0;
      const first: RefreshDecision = needsRead(request, verified)
        ? decideRefresh(await this.#read(principal), request, rules, isContended)
        : { type: 'issue', change: advanceOf(request) };
      const executed = await this.#execute(first, request);
      if (executed.type === 'completed') return executed.result;
      // The result of a repeated refresh is known from this read, without a pause.
      const second = decideRefresh(await this.#read(principal), request, rules);
      if (second.type === 'issue') return undefined;
      const repeated = await this.#execute(second, request);
      return repeated.type === 'completed' ? repeated.result : undefined;
    }, retryTiming);
    if (isContended && principal.isLegacy) await this.#evictSurplus(request);
    return result;
  }

  /** @throws {TokenError} for a decision that refuses the token */
  async #execute(decision: RefreshDecision, request: RefreshRequest): Promise<Executed> {
    const { sessions, onReuse } = this.#dependencies;
    const { principal, generation } = request;
    if (decision.type === 'result') return { type: 'completed', result: decision.result };
    if (decision.type === 'refuse') throw new TokenError(decision.code);
    const { change } = decision;
    if (change.type === 'advance') {
      const result = await sessions.advance(principal, change);
      if (result.type === 'conflict') return result;
      const { issued } = result;
      const { instance } = change;
      return {
        type: 'completed',
        result: { type: 'successor', issued, generation: generation + 1, instance },
      };
    }
    const isWritten = await sessions.write(principal, change);
    if (change.type === 'end') {
      await onReuse();
      throw new TokenError('refresh_reuse');
    }
    if (!isWritten) return { type: 'conflict' };
    return { type: 'completed', result: currentOf(change.session) };
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

type OriginalIssueCheck =
  | { readonly type: 'refreshable'; readonly originallyIssuedAt: number }
  | { readonly type: 'refused'; readonly code: TokenErrorCode };

/** Checks `orig_iat`: a token can be refreshed until its login is too old. */
function checkOriginalIssue(
  { originallyIssuedAt }: VerifiedToken,
  { refreshSeconds }: SessionRules,
  nowSeconds: number,
): OriginalIssueCheck {
  if (originallyIssuedAt === undefined) return { type: 'refused', code: 'orig_iat_missing' };
  return nowSeconds > originallyIssuedAt + refreshSeconds
    ? { type: 'refused', code: 'refresh_expired' }
    : { type: 'refreshable', originallyIssuedAt };
}

/**
 * Returns whether a refresh has to read before it writes: a token issued by Django may have no session, and a token
 * issued by a login in the same second may be its own successor. Any other token is assumed to be the current one; the
 * condition of the write verifies that.
 */
const needsRead = ({ principal, issued }: RefreshRequest, { session, expiresAt }: VerifiedToken): boolean =>
  principal.isLegacy || (session?.generation === 0 && issued.expiresAt - expiresAt <= 1);
