import type { Command } from 'commander';
import { toSeconds } from '../../lib/clock.ts';
import { readPasswordRules } from '../../lib/config.ts';
import type { Table } from '../../lib/dynamodb/client.ts';
import { allUsers } from '../../lib/dynamodb/listings.ts';
import { UsernameTakenError } from '../../lib/errors.ts';
import type { PasswordContext } from '../../lib/passwords/password-policy.ts';
import {
  createNewRecords,
  createPasswordPolicy,
  createPasswords,
  createUserRepository,
} from '../../lib/wiring.ts';
import { tell, toTable } from '../../tools/kit/terminal.ts';
import { type ConnectionOptions, withTable } from '../connection.ts';
import { CommandError } from '../failure.ts';
import { ask, assertTerminal, getNewPassword } from '../passwords.ts';

/** Django's rule for names that are made, as opposed to imported. */
const USERNAME = /^[\p{L}\p{N}_.@+-]{1,150}$/u;

interface NewSuperuser {
  readonly username?: string;
  readonly email?: string;
  readonly passwordStdin?: boolean;
}

/** Adds the commands about accounts. */
export function addUserCommands(program: Command): void {
  program
    .command('createsuperuser')
    .description('make an account that may do everything; asks for what is not given')
    .option('--username <name>', 'letters, digits and @ . + - _, at most 150')
    .option('--email <address>', 'may be empty')
    .option('--password-stdin', 'read the password from standard input instead of asking')
    .action((options: NewSuperuser, command: Command) => createSuperuser(options, command.optsWithGlobals()));
  program
    .command('changepassword <username>')
    .description('set a password; asks for it')
    .option('--password-stdin', 'read the password from standard input instead of asking')
    .action(async (username: string, options: NewSuperuser, command: Command) => {
      await withTable(command.optsWithGlobals(), { changes: true }, async (table) => {
        const users = createUserRepository(table);
        const account = await users.findAccount(username);
        if (account === undefined) throw unknown(username);
        const hash = await newHash(options, account);
        if (!(await users.setPassword(username, hash, toSeconds(Date.now())))) throw unknown(username);
        tell(`The password of ${username} is changed; every session has ended.`);
      });
    });
  const users = program.command('users').description('list, disable, enable and delete accounts');
  users
    .command('list')
    .description('list all accounts by id')
    .option('--json', 'one JSON object a line')
    .action((options: { json?: boolean }, command: Command) => listUsers(options, command.optsWithGlobals()));
  users
    .command('disable <username>')
    .description('disable an account and end its sessions')
    .action((username: string, _: unknown, command: Command) =>
      withTable(command.optsWithGlobals(), { changes: true }, async (table) => {
        if (!(await createUserRepository(table).disable(username, toSeconds(Date.now()))))
          throw unknown(username);
        tell(`${username} is disabled; every session has ended.`);
      }),
    );
  users
    .command('enable <username>')
    .description('enable an account, for new logins')
    .action((username: string, _: unknown, command: Command) =>
      withTable(command.optsWithGlobals(), { changes: true }, async (table) => {
        if (!(await createUserRepository(table).enable(username))) throw unknown(username);
        tell(`${username} is enabled.`);
      }),
    );
  users
    .command('delete <username>')
    .description('delete an account for good; asks first')
    .action((username: string, _: unknown, command: Command) => remove(username, command.optsWithGlobals()));
}

async function remove(username: string, options: ConnectionOptions): Promise<void> {
  const question = async (table: Table) => {
    if ((await createUserRepository(table).findAccount(username)) === undefined) throw unknown(username);
    return `Delete the user ${JSON.stringify(username)}?`;
  };
  await withTable(options, { changes: true, question }, async (table) => {
    if (!(await createUserRepository(table).delete(username))) throw unknown(username);
    tell(`${username} is deleted; posts of that author stay.`);
  });
}

/** Gets a new password by the rules that users have to keep, too. @throws {CommandError} with what is wrong with it */
async function newHash(given: NewSuperuser, owner: PasswordContext): Promise<string> {
  const password = await getNewPassword(given);
  const problems = await createPasswordPolicy(readPasswordRules()).problemsOf(password, owner);
  if (problems.length > 0) throw new CommandError(problems.join('\n'));
  return createPasswords().hash(password);
}

const unknown = (username: string) => new CommandError(`There is no user ${JSON.stringify(username)}.`);

function assertUsername(username: string): void {
  if (USERNAME.test(username)) return;
  throw new CommandError('A username is made of letters, digits and @ . + - _, at most 150 of them.');
}

async function createSuperuser(given: NewSuperuser, options: ConnectionOptions): Promise<void> {
  if (given.username === undefined) assertTerminal('--username, --email and --password-stdin');
  if (given.username !== undefined) assertUsername(given.username.normalize('NFKC'));
  await withTable(options, { changes: true }, async (table) => {
    const username = (given.username ?? (await ask('Username:'))).normalize('NFKC');
    assertUsername(username);
    const users = createUserRepository(table);
    const taken = new CommandError(`The username ${username} is taken.`);
    if ((await users.findAccount(username)) !== undefined) throw taken;
    const email =
      given.email ?? (given.username === undefined ? await ask('E-mail (may be empty):', '') : '');
    const password = await newHash(given, { username, email });
    try {
      const rights = { isStaff: true, isSuperuser: true };
      const id = await createNewRecords(table, Date.now).createUser({ username, email, password, ...rights });
      tell(`${username} is made, with the id ${id}.`);
    } catch (error) {
      throw error instanceof UsernameTakenError ? taken : error;
    }
  });
}

async function listUsers({ json }: { json?: boolean }, options: ConnectionOptions): Promise<void> {
  await withTable(options, { changes: false }, async (table) => {
    const rows = [['id', 'username', 'e-mail', 'active', 'superuser', 'joined']];
    for await (const { id, username, email, isActive, isSuperuser, dateJoined } of allUsers(table)) {
      if (json) tell(JSON.stringify({ id, username, email, isActive, isSuperuser, dateJoined }));
      else {
        const words = [isActive, isSuperuser].map((flag) => (flag ? 'yes' : 'no'));
        rows.push([String(id), username, email, ...words, dateJoined]);
      }
    }
    if (!json) tell(toTable(rows));
  });
}
