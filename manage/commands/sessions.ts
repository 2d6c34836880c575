import type { Command } from 'commander';
import { toSeconds } from '../../lib/clock.ts';
import type { SessionRepository } from '../../lib/dynamodb/sessions.ts';
import type { AccountSessions, Session } from '../../lib/sessions/session.ts';
import { endSession } from '../../lib/sessions/session-machine.ts';
import { createSessionRepository } from '../../lib/wiring.ts';
import { printable, tell, toTable, warn } from '../../tools/kit/terminal.ts';
import { onTable } from '../connection.ts';
import { exampleOf } from '../example.ts';
import { CommandError, unknownUser } from '../failure.ts';

/** Adds the commands for sessions. */
export function addSessionCommands(program: Command): void {
  const sessions = program
    .command('sessions')
    .description('list and end the sessions of a user')
    .addHelpText('after', exampleOf('sessions list deku'));
  sessions
    .command('list <username>')
    .description('list the sessions of a user, the most recently used first')
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', exampleOf('sessions list deku'))
    .action(
      onTable({ changes: false }, async (table, username: string, { json }: { json?: boolean }) => {
        const { sessions } = await accountSessionsOf(createSessionRepository(table), username);
        const rows = [...sessions].sort(([, a], [, b]) => b.refreshedAt - a.refreshedAt).map(rowOf);
        if (json) for (const row of rows) tell(printable(JSON.stringify(row)));
        else if (rows.length === 0) warn(`${username} has no sessions.`);
        else {
          const heads = ['id', 'device', 'address', 'created', 'last refreshed'];
          tell(toTable([heads, ...rows.map((row) => Object.values(row).map((cell) => cell ?? ''))]));
        }
      }),
    );
  sessions
    .command('end <username>')
    .description('end all sessions of a user, and revoke the tokens that Django issued')
    .option('--session <id>', 'end only this session')
    .addHelpText('after', exampleOf('sessions end deku'))
    .action(
      onTable({ changes: true }, async (table, username: string, { session }: { session?: string }) => {
        const repository = createSessionRepository(table);
        const { account, sessions } = await accountSessionsOf(repository, username);
        const owner = { userId: account.id, username };
        if (session === undefined) {
          const revokedBefore = toSeconds(Date.now());
          await repository.write(owner, { type: 'end_all', revokedBefore });
          tell(`All sessions of ${username} have ended.`);
          return;
        }
        if (!sessions.has(session))
          throw new CommandError(
            `${username} has no session ${session}. List them with: sessions list ${username}`,
          );
        await repository.write(owner, endSession(session));
        tell(`The session ${session} of ${username} has ended.`);
      }),
    );
}

async function accountSessionsOf(sessions: SessionRepository, username: string): Promise<AccountSessions> {
  const found = await sessions.findAccountSessions(username);
  if (found === undefined) throw unknownUser(username);
  return found;
}

const rowOf = ([sid, { label, address, createdAt, refreshedAt }]: [string, Session]) => ({
  id: sid,
  device: label,
  address,
  created: new Date(createdAt).toISOString(),
  refreshed: new Date(refreshedAt).toISOString(),
});
