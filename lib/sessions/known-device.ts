import { TokenError } from '../errors.ts';
import type { Tokens } from '../tokens/tokens.ts';
import type { AccountSessions } from './session.ts';
import { checkToken, type Principal, toPrincipal } from './token-validity.ts';

/** Recognizes the device of a client by a token that it presents when it logs in. */
export class KnownDevices {
  readonly #tokens: Pick<Tokens, 'verifyEvenExpired'>;

  constructor(tokens: Pick<Tokens, 'verifyEvenExpired'>) {
    this.#tokens = tokens;
  }

  /**
   * Returns the principal of a token if it names the user who logs in, even if the token has expired. Returns undefined
   * for any other text.
   *
   * @throws {UnavailableError} if the key cannot be read
   */
  async find(token: string | undefined, username: string): Promise<Principal | undefined> {
    if (token === undefined) return undefined;
    try {
      const principal = toPrincipal(await this.#tokens.verifyEvenExpired(token));
      return principal.username === username ? principal : undefined;
    } catch (error) {
      if (error instanceof TokenError) return undefined;
      throw error;
    }
  }
}

/**
 * Returns whether a token belongs to a stored session of the account. A session is removed when its owner ends it or,
 * once it has expired, at the next login.
 */
export const isKnownDevice = (
  state: AccountSessions | undefined,
  principal: Principal | undefined,
): principal is Principal => principal !== undefined && checkToken(state, principal).type === 'active';
