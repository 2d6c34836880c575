import type { Client } from '../kit/client.ts';

/** The credentials of the user for the checks. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The service that the checks call. The login is undefined without a user. */
export interface Target {
  readonly client: Client;
  readonly login: Login | undefined;
}

/** A rule of a deployed stage. A rule of API Gateway has the page of AWS that documents it. */
export interface Check {
  readonly name: string;
  readonly page?: string;
  run(target: Target): Promise<void>;
}

/** A check is skipped because it needs a user. */
export class NoLogin extends Error {}

/** Returns the credentials. @throws {NoLogin} */
export function loginOf({ login }: Target): Login {
  if (login === undefined) throw new NoLogin();
  return login;
}
