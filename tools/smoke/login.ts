import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { createNewRecords, createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { withTable } from '../../manage/connection.ts';
import { isLoopback } from '../kit/direct-fetch.ts';
import type { Login } from './check.ts';

export interface LoginOptions {
  readonly stage?: string;
  readonly username?: string;
}

/**
 * Runs work with the credentials of a user: the one of `--username`, with the password on standard input. Otherwise, for a
 * stage or a service on this machine, creates a user and deletes it at the end. Otherwise there are no credentials.
 */
export async function withLogin(
  url: string,
  { stage, username }: LoginOptions,
  work: (login: Login | undefined) => Promise<void>,
): Promise<void> {
  if (username !== undefined) {
    return work({ username, password: (await text(process.stdin)).replace(/\r?\n$/, '') });
  }
  if (stage === undefined && !isLoopback(url)) return work(undefined);
  // The help of `--stage` announces the user, so no confirmation is needed.
  return withTable({ stage, yes: true }, { changes: true }, async (table) => {
    const users = createUserRepository(table);
    const login = {
      // Not ASCII, so that every kind of body, the claims and the headers are tried with such a name.
      username: `smoke-유저-${randomBytes(6).toString('hex')}`,
      password: randomBytes(18).toString('base64url'),
    };
    const password = await createPasswords().hash(login.password);
    await createNewRecords(table, Date.now).createUser({ username: login.username, password });
    try {
      await work(login);
    } finally {
      await users.delete(login.username);
    }
  });
}
