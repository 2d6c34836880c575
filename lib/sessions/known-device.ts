import { type Clock, toSeconds } from '../clock.ts';
import { TokenError } from '../errors.ts';
import type { Tokens } from '../tokens/tokens.ts';
import type { AccountSessions, SessionRules } from './session.ts';
import { isLegacySid, isLegacyTokenOver } from './session-id.ts';
import { checkToken, type Principal, toPrincipal } from './token-validity.ts';

export interface KnownDeviceDependencies {
  readonly tokens: Pick<Tokens, 'verifyEvenExpired'>;
  readonly rules: Pick<SessionRules, 'leewaySeconds' | 'refreshSeconds'>;
  readonly clock: Clock;
}

/** Recognizes the device of a client by a token that it presents when it logs in. */
export class KnownDevices {
  readonly #dependencies: KnownDeviceDependencies;

  constructor(dependencies: KnownDeviceDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Returns the principal of a token if it names the user who logs in, even if the token has expired. Returns undefined
   * for any other text, and for a token issued by Django so old that the account may no longer list it as revoked.
   *
   * @throws {UnavailableError} if the key cannot be read
   */
  async find(token: string | undefined, username: string): Promise<Principal | undefined> {
    if (token === undefined) return undefined;
    const { tokens, rules, clock } = this.#dependencies;
    try {
      const principal = toPrincipal(await tokens.verifyEvenExpired(token));
      const isOver = principal.isLegacy && isLegacyTokenOver(principal.sid, rules, toSeconds(clock()));
      return principal.username === username && !isOver ? principal : undefined;
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

/**
 * Returns the id by which the attempts of a device are counted: its session or, if Django issued its first token, the
 * time of its login. Django issues any number of tokens for one login.
 */
export const deviceIdOf = ({ sid, loginAt = 0 }: Pick<Principal, 'sid' | 'loginAt'>): string =>
  isLegacySid(sid) ? `django-${loginAt}` : sid;
