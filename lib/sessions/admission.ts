import type { Tokens, VerifiedToken } from '../tokens/tokens.ts';
import type { Account } from '../users/user.ts';
import type { SessionStore } from './session.ts';
import { assertStanding, type PresentedToken, presentedToken } from './standing.ts';

export interface AdmissionDependencies {
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly sessions: Pick<SessionStore, 'findState'>;
}

/** Finds out whom a token stands for. */
export class Admission {
  readonly #dependencies: AdmissionDependencies;

  constructor(dependencies: AdmissionDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Checks a token, and by one read that the account it names is there and active, and its session open. Username and id
   * must both be that account's, so that nobody inherits a freed username's tokens.
   *
   * @throws {TokenError} any code but those of refreshing
   * @throws {UnavailableError} when the account could not be looked up
   */
  async admit(
    token: string,
  ): Promise<{ verified: VerifiedToken; presented: PresentedToken; account: Account }> {
    const { tokens, sessions } = this.#dependencies;
    const verified = await tokens.verify(token);
    const presented = presentedToken(verified);
    const state = await sessions.findState(presented.username, presented.sid);
    const { account } = assertStanding(state, presented);
    return { verified, presented, account };
  }
}
