import argon2 from 'argon2';

/** Parameters of new hashes: 19 MiB, two passes, one lane. @see OWASP Password Storage Cheat Sheet, argon2id */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Upper bounds for the parameters of stored hashes. A hash that exceeds them is rejected without being computed. */
export const ARGON2_LIMITS = {
  memoryKiB: 262_144,
  passes: 16,
  lanes: 16,
  /** Memory times passes, which determines the time: a few seconds. */
  workKiB: 1_048_576,
} as const;

const PHC =
  /^\$argon2(id|i|d)(?:\$v=(\d+))?\$m=(\d+),t=([1-9]\d*),p=([1-9]\d*)\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{6,}$/;

/** Why no password can match a stored hash. */
export type HashProblem = 'malformed' | 'too_expensive';
/** The result of checking a password against a stored hash. */
export type HashCheck = 'match' | 'mismatch' | HashProblem;

/** Hashes a password with the current parameters and a random salt, as a PHC string. @see RFC 9106 */
export const hashArgon2id = (password: string): Promise<string> =>
  argon2.hash(password, { type: argon2.argon2id, ...PARAMETERS });

/** Returns why no password can match a PHC string, or undefined if it can be checked. */
export function findArgon2Problem(phc: string): HashProblem | undefined {
  const [, , , memory, passes, lanes] = PHC.exec(phc) ?? [];
  if (memory === undefined || Number(memory) < 8 * Number(lanes)) return 'malformed';
  const affordable =
    Number(memory) <= ARGON2_LIMITS.memoryKiB &&
    Number(passes) <= ARGON2_LIMITS.passes &&
    Number(memory) * Number(passes) <= ARGON2_LIMITS.workKiB &&
    Number(lanes) <= ARGON2_LIMITS.lanes;
  return affordable ? undefined : 'too_expensive';
}

/** Checks a password, without normalizing it, against a PHC string of any variant of argon2 within the bounds. */
export async function verifyArgon2(phc: string, password: string): Promise<HashCheck> {
  const problem = findArgon2Problem(phc);
  if (problem !== undefined) return problem;
  return (await argon2.verify(phc, password)) ? 'match' : 'mismatch';
}

/** Returns whether a PHC string has the parameters of new hashes. */
export function hasCurrentParameters(phc: string): boolean {
  const [, type, version, memory, passes, lanes] = PHC.exec(phc) ?? [];
  return (
    type === 'id' &&
    version === '19' &&
    Number(memory) === PARAMETERS.memoryCost &&
    Number(passes) === PARAMETERS.timeCost &&
    Number(lanes) === PARAMETERS.parallelism
  );
}
