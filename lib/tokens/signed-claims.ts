import * as v from 'valibot';

/**
 * The claims that a token takes from its user. Claim and attribute of the user's item have the same name. A session
 * stores their values for its newest tokens, so that a token can be signed again to the same bytes.
 *
 * A new claim is one line here. Sessions stored before it have no value for it, so its schema is optional:
 * `is_staff: v.optional(v.boolean())`. Null is stored for a missing value, so null is not a value of a claim. IAM names
 * attributes too: the roles in deploy/resources/roles.yml that read accounts and that refresh have to allow it.
 */
const userClaims = {
  email: v.string(),
};

export const signedClaimsSchema = v.object(userClaims);

/** The values that a token is signed from, besides its session, its times and the name of its user. */
export type SignedClaims = v.InferOutput<typeof signedClaimsSchema>;

export const CLAIM_NAMES: readonly string[] = Object.keys(userClaims);

/** Picks the signed claims out of an object that has others too. */
export const signedClaimsOf = (source: SignedClaims): SignedClaims => v.parse(signedClaimsSchema, source);

/** Returns whether two tokens are signed from the same claims. */
export const haveSameClaims = (one: SignedClaims, other: SignedClaims): boolean =>
  JSON.stringify(signedClaimsOf(one)) === JSON.stringify(signedClaimsOf(other));
