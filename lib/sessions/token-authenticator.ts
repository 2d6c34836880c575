import type { Tokens, VerifiedToken } from '../tokens/tokens.ts';
import type { Account } from '../users/account.ts';
import type { SessionStore } from './session-change.ts';
import { assertSessionActive, type Principal, toPrincipal } from './token-validity.ts';

export interface TokenAuthenticatorDependencies {
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly sessions: Pick<SessionStore, 'findSession'>;
}

/** Authenticates callers by their tokens. */
export class TokenAuthenticator {
  readonly #dependencies: TokenAuthenticatorDependencies;

  constructor(dependencies: TokenAuthenticatorDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Verifies a token and checks, with one read, that its account is active and its session has not ended. Username and
   * id must both match the account, so that a new user with an old username does not inherit its tokens.
   *
   * @throws {TokenError} any code that does not concern refreshing
   * @throws {UnavailableError} if the account cannot be read
   */
  async authenticate(
    token: string,
  ): Promise<{ verified: VerifiedToken; principal: Principal; account: Account }> {
    const { tokens, sessions } = this.#dependencies;
    const verified = await tokens.verify(token);
    const principal = toPrincipal(verified);
    const state = await sessions.findSession(principal.username, principal.sid);
    const { account } = assertSessionActive(state, principal);
    return { verified, principal, account };
  }
}
