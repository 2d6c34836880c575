/** How many revoked tokens issued by Django an account lists. Each check of such a token reads the list. */
const MAX_REVOKED_TOKENS = 200;
/** The maximum by which the clock of Django may be ahead, in seconds. AWS accepts the same difference for signed requests. */
const CLOCK_DIFFERENCE_SECONDS = 300;

/** Replaces listed tokens by the time of a login: all tokens issued by Django up to it are revoked. */
export interface RevocationFold {
  readonly sids: readonly string[];
  /** Seconds since 1970. */
  readonly revokedBefore: number;
}

/** Plans the fold of a list that has more than {@link MAX_REVOKED_TOKENS} entries; undefined for any other. */
export const planFold = (sids: ReadonlySet<string>, nowSeconds: number): RevocationFold | undefined =>
  sids.size <= MAX_REVOKED_TOKENS
    ? undefined
    : { sids: [...sids], revokedBefore: nowSeconds + CLOCK_DIFFERENCE_SECONDS };
