import * as v from 'valibot';

/**
 * The claims that a token takes from its user. A claim has the same name as its attribute in the user's item. A session
 * stores the values for its current and previous token, so that signing a token again results in the same bytes.
 *
 * To add a claim, add one line here. Sessions stored before have no value for it, so its schema must be optional. A
 * missing value is stored as null, so a claim cannot be null. The IAM roles list attributes: in
 * deploy/resources/roles.yml, add the new one to `readSessions`, `readLogin` and the refresh role.
 */
const userClaims = {
  email: v.string(),
};

export const signedClaimsSchema = v.object(userClaims);

/** The values of a token's claims that come from its user, except id and username. */
export type SignedClaims = v.InferOutput<typeof signedClaimsSchema>;

export const CLAIM_NAMES: readonly string[] = Object.keys(userClaims);

/** Picks the signed claims from an object that has other properties too. */
export const signedClaimsOf = (source: SignedClaims): SignedClaims => v.parse(signedClaimsSchema, source);

/** Returns whether two tokens have the same signed claims. */
export const haveSameClaims = (one: SignedClaims, other: SignedClaims): boolean =>
  JSON.stringify(signedClaimsOf(one)) === JSON.stringify(signedClaimsOf(other));
