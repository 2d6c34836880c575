import { CompactSign, compactVerify, errors } from 'jose';
import { TokenError } from '../errors.ts';
import { assertClaims, type ClaimsRules, type Subject, subjectOf } from './claims.ts';
import { parseCompactForm } from './compact-form.ts';
import type { KeySet } from './key-set.ts';

export interface TokenSettings extends ClaimsRules {
  readonly keys: KeySet;
  /** How long a token lives, in seconds. */
  readonly lifetimeSeconds: number;
  /** How long after the login tokens can be refreshed, in seconds. */
  readonly refreshSeconds: number;
  /** Whether tokens of a login carry `orig_iat`, which refreshing needs. */
  readonly allowRefresh: boolean;
}

/** A user as the claims describe one. */
export interface TokenUser {
  readonly id: number;
  readonly username: string;
  readonly email: string;
}

/** A token that passed every check that needs no user. */
export interface VerifiedToken {
  readonly token: string;
  readonly subject: Subject;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The last second, since 1970, that it is valid in; the leeway is in it. */
  readonly validUntil: number;
}

/** Seconds since 1970, whole. */
export type Clock = () => number;
const systemClock: Clock = () => Math.floor(Date.now() / 1000);

/** Issues, verifies and renews the JSON Web Tokens of the contract. The only user of jose. */
export class Tokens {
  readonly #settings: TokenSettings;
  readonly #clock: Clock;

  constructor(settings: TokenSettings, clock: Clock = systemClock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Issues the token of a login, as JWS compact serialisation. */
  issue(user: TokenUser): Promise<string> {
    const now = this.#clock();
    return this.#sign(
      user,
      now + this.#settings.lifetimeSeconds,
      this.#settings.allowRefresh ? now : undefined,
    );
  }

  /**
   * Checks form, algorithm, signature, times, issuer, audience and that the token names somebody.
   *
   * @throws {TokenError} any code that is not about the user
   * @see RFC 8725 §3.1 to §3.10
   */
  async verify(token: string): Promise<VerifiedToken> {
    const { header, payload } = parseCompactForm(token);
    // Extensions that a recipient has to understand: there are none that this one does (RFC 7515 §4.1.11).
    if ('crit' in header) throw new TokenError('token_malformed');
    const key = this.#settings.keys.find(header.kid);
    if (key === undefined) throw new TokenError('token_signature_invalid');
    if (header.alg !== key.algorithm) throw new TokenError('token_algorithm_mismatch');
    try {
      await compactVerify(token, key.secret, { algorithms: [key.algorithm] });
    } catch (cause) {
      if (cause instanceof errors.JWSSignatureVerificationFailed) {
        throw new TokenError('token_signature_invalid', { cause });
      }
      if (cause instanceof errors.JOSEError) throw new TokenError('token_malformed', { cause });
      throw cause;
    }
    const { validUntil } = assertClaims(payload, this.#settings, this.#clock());
    return { token, subject: subjectOf(payload), claims: payload, validUntil };
  }

  /**
   * Renews a verified token of a user: `orig_iat` stays, `exp` starts anew, what the user no longer is goes.
   * Where nothing but `exp` would change, and by a second at most, the token itself is the answer, as the original
   * signs the same bytes for a login and a refresh within one second.
   *
   * @throws {TokenError} `orig_iat_missing`, `refresh_expired`
   */
  async refresh({ token, claims }: VerifiedToken, user: TokenUser): Promise<string> {
    const originallyIssuedAt = claims.orig_iat;
    if (typeof originallyIssuedAt !== 'number' || originallyIssuedAt === 0)
      throw new TokenError('orig_iat_missing');
    const now = this.#clock();
    if (now > originallyIssuedAt + this.#settings.refreshSeconds) throw new TokenError('refresh_expired');
    const expiresAt = now + this.#settings.lifetimeSeconds;
    if (expiresAt - Number(claims.exp) === 1) {
      const same = await this.#sign(user, expiresAt - 1, originallyIssuedAt);
      if (same === token) return token;
    }
    return this.#sign(user, expiresAt, originallyIssuedAt);
  }

  #sign(user: TokenUser, expiresAt: number, originallyIssuedAt: number | undefined): Promise<string> {
    const { keys, audience, issuer } = this.#settings;
    const { kid, algorithm, secret } = keys.signing;
    const claims = {
      user_id: user.id,
      username: user.username,
      exp: expiresAt,
      email: user.email,
      orig_iat: originallyIssuedAt,
      aud: audience,
      iss: issuer,
    };
    return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ typ: 'JWT', alg: algorithm, ...(kid === undefined ? {} : { kid }) })
      .sign(secret);
  }
}
