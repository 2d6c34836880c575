import { type Clock, toSeconds } from '../clock.ts';
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
  /** The keys, or a function that loads them; it must cache the result. */
  readonly keys: KeySet | (() => Promise<KeySet>);
}

/** The user that a token is issued to. */
export interface TokenUser extends Readonly<SignedClaims> {
  readonly id: number;
  readonly username: string;
}

/** The claims of a new token that do not come from its user. Times are whole seconds since 1970. */
export interface Grant {
  readonly sid: string;
  readonly generation: number;
  readonly expiresAt: number;
  /** Time of the login. Without it, the token cannot be refreshed. */
  readonly originallyIssuedAt: number | undefined;
}

/** A token that has passed all checks that need no stored data. Times are whole seconds since 1970. */
export interface VerifiedToken {
  readonly token: string;
  readonly subject: Subject;
  /** Undefined for a token issued by Django. */
  readonly session: SessionClaims | undefined;
  /** `orig_iat` as signed; undefined if it is 0 or not a number. */
  readonly originallyIssuedAt: number | undefined;
  readonly expiresAt: number;
  /** The last second in which it is valid, including the leeway. */
  readonly validUntil: number;
}

/** Issues and verifies the JSON Web Tokens of the contract. */
export class Tokens {
  readonly #settings: TokenSettings;
  readonly #clock: Clock;

  constructor(settings: TokenSettings, clock: Clock = Date.now) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Issues a token in JWS Compact Serialization. The same input results in the same bytes. */
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
   * Verifies form, algorithm, signature, times, issuer and audience, and that the token names a user.
   *
   * @throws {TokenError} any code that does not concern the user or the session
   * @see RFC 8725 §3.1 to §3.10
   */
  verify(token: string): Promise<VerifiedToken> {
    return this.#verify(token, { evenExpired: false });
  }

  /** Verifies a token as {@link verify} does, but accepts an expired one. @throws {TokenError} */
  verifyEvenExpired(token: string): Promise<VerifiedToken> {
    return this.#verify(token, { evenExpired: true });
  }

  #keys(): KeySet | Promise<KeySet> {
    const { keys } = this.#settings;
    return typeof keys === 'function' ? keys() : keys;
  }

  async #verify(token: string, { evenExpired }: { evenExpired: boolean }): Promise<VerifiedToken> {
    const { header, payload } = parseCompactForm(token);
    await assertSignature(token, header, await this.#keys());
    const { orig_iat: originallyIssuedAt } = payload;
    const dates = assertClaims(payload, { ...this.#settings, evenExpired }, toSeconds(this.#clock()));
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
