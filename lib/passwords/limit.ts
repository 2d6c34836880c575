import pLimit from 'p-limit';

/**
 * How many hashes one execution environment computes at once. A stored hash may ask for 256 MiB (the bounds are
 * in argon2id.ts and django-hashes.ts): four take 1,024 of a function's 1,769 MB. One core does not do more of
 * them any sooner.
 */
export const MAX_AT_ONCE = 4;

/** Runs a computation when it is its turn, in the order of the calls, across the whole process. */
export const inTurn = pLimit(MAX_AT_ONCE);
