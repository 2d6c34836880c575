import pLimit from 'p-limit';

/**
 * How many hashes an execution environment computes at once. A stored hash may need 256 MiB (argon2id.ts, django-hashes.ts):
 * four need 1,024 of a function's 1,769 MB. The function has one core, so more would not be faster.
 */
export const MAX_AT_ONCE = 4;

/** Queues a computation, in the order of the calls, for the whole process. */
export const inTurn = pLimit(MAX_AT_ONCE);
