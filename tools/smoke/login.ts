import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { createNewRecords, createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { withTable } from '../../manage/connection.ts';
import type { Login } from './check.ts';

export interface LoginOptions {
  readonly stage?: string;
  readonly username?: string;
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Finds somebody who can log in: the one who is named, with the password on standard input; else, where the table can be
 * reached, a user of its own, who is removed afterwards; else nobody.
 */
export async function withLogin(
  url: string,
  { stage, username }: LoginOptions,
  work: (login: Login | undefined) => Promise<void>,
): Promise<void> {
  if (username !== undefined) {
    return work({ username, password: (await text(process.stdin)).replace(/\r?\n$/, '') });
  }
  if (stage === undefined && !LOOPBACK.test(new URL(url).hostname)) return work(undefined);
  // `--stage` says that a user is made there: it is not asked about again.
  return withTable({ stage, yes: true }, { changes: true }, async (table) => {
    const users = createUserRepository(table);
    const login = {
      username: `smoke-${randomBytes(6).toString('hex')}`,
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
