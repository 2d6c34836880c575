import { isDeepStrictEqual } from 'node:util';
import type { Client } from './client.ts';

/** Somebody who can log in, for as long as the checks run. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What a check is run against. */
export interface Target {
  readonly client: Client;
  /** Nobody, where no credentials were given. */
  readonly login: Login | undefined;
}

/** Something that has to hold of a deployed stage. */
export interface Check {
  readonly name: string;
  /** The page of AWS that says so, where the rule is API Gateway's. */
  readonly page?: string;
  run(target: Target): Promise<void>;
}

/** A check that could not be made for want of somebody who can log in. */
export class NoLogin extends Error {}

/** @throws {NoLogin} */
export function loginOf({ login }: Target): Login {
  if (login === undefined) throw new NoLogin();
  return login;
}

/** A rule that does not hold. */
export class CheckFailed extends Error {}

/** Compares an answer with what it should be. @throws {CheckFailed} */
export function same(actual: unknown, expected: unknown, what: string): void {
  holds(isDeepStrictEqual(actual, expected), `${what}: ${shown(actual)} in place of ${shown(expected)}`);
}

/** @throws {CheckFailed} */
export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CheckFailed(what);
}

// Answers may hold tokens, which have no place in an output that is pasted into reports.
const shown = (value: unknown): string =>
  (JSON.stringify(value) ?? 'nothing').replace(/eyJ[\w-]+\.[\w-]*\.[\w-]*/g, '<token>').slice(0, 300);
