import type { TokenErrorCode } from '../errors.ts';
import { stringifyAscii } from './ascii-json.ts';
import {
  assertClaims,
  type ClaimsRules,
  type SessionClaims,
  type Subject,
  sessionClaimsOf,
  subjectOf,
} from './claims.ts';
import { parseCompactForm } from './compact-form.ts';
import type { KeySet } from './key-set.ts';
import { assertSignature, sign } from './signature.ts';
import { type SignedClaims, signedClaimsOf } from './signed-claims.ts';

export interface TokenSettings extends ClaimsRules {
  /** The keys, or where they are brought from; who brings them keeps them. */
  readonly keys: KeySet | (() => Promise<KeySet>);
  /** How long a token lives, in seconds. */
  readonly lifetimeSeconds: number;
  /** How long after the login tokens can be refreshed, in seconds. */
  readonly refreshSeconds: number;
  /** Whether tokens of a login carry `orig_iat`, which refreshing needs. */
  readonly allowRefresh: boolean;
  /** Whether a token past its `exp` can still be refreshed, until the login is too old. */
  readonly refreshAfterExpiry: boolean;
}

/** A user as the claims describe one. */
export interface TokenUser extends Readonly<SignedClaims> {
  readonly id: number;
  readonly username: string;
}

/** Whether a token can be refreshed now, whoever its user is. */
export type RefreshCheck =
  | { readonly type: 'refreshable'; readonly originallyIssuedAt: number }
  | { readonly type: 'refused'; readonly code: TokenErrorCode };

/** What a token is issued with besides its user; times in whole seconds since 1970. */
export interface Grant {
  readonly sid: string;
  readonly generation: number;
  readonly expiresAt: number;
  /** When the login was; without it, the token cannot be refreshed. */
  readonly originallyIssuedAt: number | undefined;
}

/** A token that passed every check that needs no user; times in whole seconds since 1970. */
export interface VerifiedToken {
  readonly token: string;
  readonly subject: Subject;
  /** Nothing on a token that Django issued. */
  readonly session: SessionClaims | undefined;
  /** `orig_iat`, as it was signed; nothing where that is no number, or 0. */
  readonly originallyIssuedAt: number | undefined;
  readonly expiresAt: number;
  /** The last second that it is valid in; the leeway is in it. */
  readonly validUntil: number;
}

/** Seconds since 1970, whole. */
export type Clock = () => number;
const systemClock: Clock = () => Math.floor(Date.now() / 1000);

/** Issues and verifies the JSON Web Tokens of the contract. */
export class Tokens {
  readonly #settings: TokenSettings;
  readonly #clock: Clock;

  constructor(settings: TokenSettings, clock: Clock = systemClock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Issues a token as JWS compact serialisation; the same input gives the same bytes. */
  async issue(user: TokenUser, grant: Grant): Promise<string> {
    const { audience, issuer } = this.#settings;
    const { signing } = await this.#keys();
    const claims = {
      user_id: user.id,
      username: user.username,
      exp: grant.expiresAt,
      ...signedClaimsOf(user),
      orig_iat: grant.originallyIssuedAt,
      aud: audience,
      iss: issuer,
      sid: grant.sid,
      gen: grant.generation,
    };
    return sign(new TextEncoder().encode(stringifyAscii(claims)), signing);
  }

  /**
   * Checks form, algorithm, signature, times, issuer, audience and that the token names somebody.
   *
   * @throws {TokenError} any code that is not about the user or the session
   * @see RFC 8725 §3.1 to §3.10
   */
  verify(token: string): Promise<VerifiedToken> {
    return this.#verify(token, { evenExpired: false });
  }

  /** Checks a token as {@link verify} does, but for its `exp`. @throws {TokenError} */
  verifyEvenExpired(token: string): Promise<VerifiedToken> {
    return this.#verify(token, { evenExpired: true });
  }

  /** Checks a token that is to be refreshed: the setting decides whether its `exp` may be past. @throws {TokenError} */
  verifyForRefresh(token: string): Promise<VerifiedToken> {
    return this.#verify(token, { evenExpired: this.#settings.refreshAfterExpiry });
  }

  /** Checks `orig_iat`: refuses with `orig_iat_missing` or `refresh_expired`. */
  checkRefresh({ originallyIssuedAt }: VerifiedToken): RefreshCheck {
    if (originallyIssuedAt === undefined) return { type: 'refused', code: 'orig_iat_missing' };
    const until = originallyIssuedAt + this.#settings.refreshSeconds;
    return this.#clock() > until
      ? { type: 'refused', code: 'refresh_expired' }
      : { type: 'refreshable', originallyIssuedAt };
  }

  #keys(): KeySet | Promise<KeySet> {
    const { keys } = this.#settings;
    return typeof keys === 'function' ? keys() : keys;
  }

  async #verify(token: string, { evenExpired }: { evenExpired: boolean }): Promise<VerifiedToken> {
    const { header, payload } = parseCompactForm(token);
    await assertSignature(token, header, await this.#keys());
    const { orig_iat: originallyIssuedAt } = payload;
    const dates = assertClaims(payload, { ...this.#settings, evenExpired }, this.#clock());
    return {
      token,
      subject: subjectOf(payload),
      session: sessionClaimsOf(payload),
      originallyIssuedAt:
        typeof originallyIssuedAt === 'number' && originallyIssuedAt !== 0 ? originallyIssuedAt : undefined,
      ...dates,
    };
  }
}
