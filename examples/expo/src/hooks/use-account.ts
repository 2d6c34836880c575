import { client } from '../client';
import { ResponseError } from '../response-error';
import { useResource } from './use-resource';

/** The members of an account that the app shows. */
export interface Account {
  readonly username: string;
  readonly email: string;
  readonly date_joined: string;
}

const isAccount = (body: unknown): body is Account =>
  typeof body === 'object' &&
  body !== null &&
  'username' in body &&
  typeof body.username === 'string' &&
  'email' in body &&
  typeof body.email === 'string' &&
  'date_joined' in body &&
  typeof body.date_joined === 'string';

/** An endpoint without a method in the client: `fetch` adds the token, refreshes it and ends a refused login. */
async function loadAccount(): Promise<Account> {
  const response = await client.fetch('/api/account/');
  const body: unknown = response.ok ? await response.json() : undefined;
  if (!isAccount(body)) throw new ResponseError(response.status);
  return body;
}

export const useAccount = () => useResource(loadAccount);
