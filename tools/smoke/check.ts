import type { Client } from '../kit/client.ts';

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
