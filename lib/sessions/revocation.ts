import { TokenError } from '../errors.ts';
import type { Tokens } from '../tokens/tokens.ts';
import type { SessionStore } from './session.ts';
import { sidOf } from './session-id.ts';

export interface RevocationDependencies {
  readonly tokens: Pick<Tokens, 'verifyEvenExpired'>;
  readonly sessions: Pick<SessionStore, 'end'>;
}

/** Logs out by a token. */
export class Revocation {
  readonly #dependencies: RevocationDependencies;

  constructor(dependencies: RevocationDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Ends the session of a token, also of an expired or superseded one; what is no token of ours ends nothing, and that
   * is no error. Gives the id of the user that a token of ours names.
   *
   * @throws {UnavailableError} when the session may still be there
   * @see RFC 7009 §2.2
   */
  async revoke(token: string): Promise<number | undefined> {
    const { tokens, sessions } = this.#dependencies;
    try {
      const verified = await tokens.verifyEvenExpired(token);
      const { username, userId } = verified.subject;
      await sessions.end(username, userId, sidOf(verified));
      return userId;
    } catch (error) {
      if (error instanceof TokenError) return undefined;
      throw error;
    }
  }
}
