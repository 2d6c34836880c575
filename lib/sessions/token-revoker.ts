import { TokenError } from '../errors.ts';
import type { Tokens } from '../tokens/tokens.ts';
import type { SessionStore } from './session-change.ts';
import { sidOf } from './session-id.ts';
import { endSession } from './session-machine.ts';

export interface TokenRevokerDependencies {
  readonly tokens: Pick<Tokens, 'verifyEvenExpired'>;
  readonly sessions: Pick<SessionStore, 'write'>;
}

/** Revokes tokens (logout). */
export class TokenRevoker {
  readonly #dependencies: TokenRevokerDependencies;

  constructor(dependencies: TokenRevokerDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Ends the session of a token, even of an expired or superseded one. An invalid token has no session, which is not an
   * error (RFC 7009 §2.2). Returns the id of the user that a valid token names.
   *
   * @throws {UnavailableError} if the session may not have ended
   */
  async revoke(token: string): Promise<number | undefined> {
    const { tokens, sessions } = this.#dependencies;
    try {
      const verified = await tokens.verifyEvenExpired(token);
      await sessions.write(verified.subject, endSession(sidOf(verified)));
      return verified.subject.userId;
    } catch (error) {
      if (error instanceof TokenError) return undefined;
      throw error;
    }
  }
}
