import type { Client } from '../kit/client.ts';

/** The user that the checks log in as. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What a check runs against. The login is undefined if there are no credentials. */
export interface Target {
  readonly client: Client;
  readonly login: Login | undefined;
}

/** A rule that a deployed stage keeps, with the page of AWS that states it if it is a rule of API Gateway. */
export interface Check {
  readonly name: string;
  readonly page?: string;
  run(target: Target): Promise<void>;
}

/** A check was skipped because there are no credentials. */
export class NoLogin extends Error {}

/** @throws {NoLogin} */
export function loginOf({ login }: Target): Login {
  if (login === undefined) throw new NoLogin();
  return login;
}
