/** HMAC algorithms of RFC 7518 §3.2, with their minimum key length in bytes. */
export const MIN_KEY_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const;
export type Algorithm = keyof typeof MIN_KEY_BYTES;

/** A symmetric key with its algorithm (RFC 8725 §3.1). */
export interface SigningKey {
  /** Printable ASCII, so that the header is ASCII. Undefined for the original's key, because its tokens have no `kid`. */
  readonly kid?: string;
  readonly algorithm: Algorithm;
  readonly secret: Uint8Array;
}

const KID = /^[\x20-\x7e]+$/;

/**
 * The keys of tokens. The first one signs, all of them verify. A token with a missing or unknown `kid` is verified with
 * the key that has no `kid`.
 */
export class KeySet {
  readonly signing: SigningKey;
  readonly #byKid = new Map<unknown, SigningKey>();

  /**
   * @throws {RangeError} for a key shorter than its algorithm's hash (RFC 8725 §3.5), a `kid` that is not printable
   *   ASCII, or two keys with the same `kid`
   */
  constructor(signing: SigningKey, ...verifying: SigningKey[]) {
    this.signing = signing;
    const keys = [signing, ...verifying];
    for (const key of keys) {
      const minimum = MIN_KEY_BYTES[key.algorithm];
      if (key.secret.byteLength < minimum) {
        throw new RangeError(
          `a key for ${key.algorithm} needs at least ${minimum} bytes (RFC 8725 section 3.5)`,
        );
      }
      if (key.kid !== undefined && !KID.test(key.kid)) {
        throw new RangeError('a kid consists of printable ASCII characters');
      }
      this.#byKid.set(key.kid, key);
    }
    if (this.#byKid.size < keys.length) {
      throw new RangeError('each key of a set needs a unique kid, and only one may have none');
    }
  }

  /** Returns the key that verifies tokens with this `kid`. */
  find(kid: unknown): SigningKey | undefined {
    return this.#byKid.get(kid) ?? this.#byKid.get(undefined);
  }
}
