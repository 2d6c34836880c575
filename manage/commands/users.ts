import { type Command, InvalidArgumentError } from 'commander';
import { toSeconds } from '../../lib/clock.ts';
import { readPasswordRules } from '../../lib/config.ts';
import type { Table } from '../../lib/dynamodb/client.ts';
import { allUsers } from '../../lib/dynamodb/listings.ts';
import { UsernameTakenError } from '../../lib/errors.ts';
import type { PasswordContext } from '../../lib/passwords/password-policy.ts';
import type { User } from '../../lib/users/user.ts';
import {
  createNewRecords,
  createPasswordPolicy,
  createPasswords,
  createUserRepository,
} from '../../lib/wiring.ts';
import { printable, tell, toTable } from '../../tools/kit/terminal.ts';
import { type ConnectionOptions, onTable, withTable } from '../connection.ts';
import { datetimeConverter } from '../datetime-converter.ts';
import { emailProblem } from '../email-address.ts';
import { exampleOf } from '../example.ts';
import { CommandError, unknownUser } from '../failure.ts';
import { ask, assertTerminal, readNewPassword } from '../prompts.ts';

/** The rule of Django for the usernames of new users. Imported usernames may differ. */
const USERNAME = /^[\p{L}\p{N}_.@+-]{1,150}$/u;
const USERNAME_RULE = 'A username has 1 to 150 characters: letters, digits and @ . + - _';

interface NewUserOptions {
  readonly username?: string;
  readonly email?: string;
  readonly passwordStdin?: boolean;
}

type Rights = Pick<User, 'isStaff' | 'isSuperuser'>;

/** Adds the commands for users. */
export function addUserCommands(program: Command): void {
  program
    .command('createsuperuser')
    .description('create a user with is_staff and is_superuser; asks for each value that is not passed')
    .option('--username <name>', '1 to 150 letters, digits and @ . + - _', parseUsername)
    .option('--email <address>', 'the e-mail address; empty by default', parseEmail)
    .option('--password-stdin', 'read the password from standard input instead of asking')
    .addHelpText('after', exampleOf('createsuperuser --username deku --email deku@example.com'))
    .action((options: NewUserOptions, command: Command) =>
      createUser(options, { isStaff: true, isSuperuser: true }, command.optsWithGlobals()),
    );
  program
    .command('changepassword <username>')
    .description('set the password of a user, and end all sessions')
    .option('--password-stdin', 'read the password from standard input instead of asking')
    .addHelpText('after', exampleOf('changepassword deku'))
    .action(
      onTable({ changes: true }, async (table, username: string, options: NewUserOptions) => {
        const users = createUserRepository(table);
        const account = await users.findAccount(username);
        if (account === undefined) throw unknownUser(username);
        const hash = await readNewHash(options, account);
        if (!(await users.setPassword(username, hash, toSeconds(Date.now())))) throw unknownUser(username);
        tell(`The password of ${username} was changed. All sessions have ended.`);
      }),
    );
  const users = program
    .command('users')
    .description('add, list, disable, enable and delete users')
    .addHelpText('after', exampleOf('users list'));
  users
    .command('add')
    .argument('<username>', '1 to 150 letters, digits and @ . + - _', parseUsername)
    .description('create a user without permissions; asks for the password')
    .option('--email <address>', 'the e-mail address; empty by default', parseEmail)
    .option('--staff', 'set is_staff, with which a user can log in to the admin site of Django')
    .option('--password-stdin', 'read the password from standard input instead of asking')
    .addHelpText('after', exampleOf('users add ochaco --email ochaco@example.com'))
    .action(
      (
        username: string,
        { staff = false, ...options }: NewUserOptions & { staff?: boolean },
        command: Command,
      ) =>
        createUser(
          { ...options, username },
          { isStaff: staff, isSuperuser: false },
          command.optsWithGlobals(),
        ),
    );
  users
    .command('list')
    .description('list all users by id')
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', exampleOf('users list --json'))
    .action(onTable({ changes: false }, listUsers));
  users
    .command('disable <username>')
    .description('disable a user, and end all sessions')
    .addHelpText('after', exampleOf('users disable deku'))
    .action(
      onTable({ changes: true }, async (table, username: string) => {
        if (!(await createUserRepository(table).disable(username, toSeconds(Date.now()))))
          throw unknownUser(username);
        tell(`${username} is disabled. All sessions have ended.`);
      }),
    );
  users
    .command('enable <username>')
    .description('enable a user; ended sessions stay ended')
    .addHelpText('after', exampleOf('users enable deku'))
    .action(
      onTable({ changes: true }, async (table, username: string) => {
        if (!(await createUserRepository(table).enable(username))) throw unknownUser(username);
        tell(`${username} is enabled.`);
      }),
    );
  users
    .command('delete <username>')
    .description('delete a user permanently; asks first')
    .addHelpText('after', exampleOf('users delete deku'))
    .action((username: string, _: unknown, command: Command) => remove(username, command.optsWithGlobals()));
}

async function remove(username: string, options: ConnectionOptions): Promise<void> {
  const question = async (table: Table) => {
    if ((await createUserRepository(table).findAccount(username)) === undefined) throw unknownUser(username);
    return `Delete the user ${JSON.stringify(username)}?`;
  };
  await withTable(options, { changes: true, question }, async (table) => {
    if (!(await createUserRepository(table).delete(username))) throw unknownUser(username);
    tell(`${username} was deleted. The posts of this author remain.`);
  });
}

/** Reads a new password that satisfies the password rules, and returns its hash. @throws {CommandError} */
async function readNewHash(given: NewUserOptions, owner: PasswordContext): Promise<string> {
  const rules = readPasswordRules();
  const policy = createPasswordPolicy(rules);
  const password = await readNewPassword(given, {
    rules:
      `A password has ${rules.minLength} to ${rules.maxLength} characters. ` +
      'It must not be a common password, nor consist of the username, the e-mail address or the name of the service.',
    validate: async (typed) => (await policy.problemsOf(typed, owner)).join('\n') || undefined,
  });
  // As the password change does (NIST SP 800-63B-4 §3.1.1.2).
  return createPasswords().hash(password.normalize('NFC'));
}

/** Creates the parser of an argument. It throws an {@link InvalidArgumentError} with the problem of the text. */
function parserWith(problemOf: (text: string) => string | undefined): (text: string) => string {
  return (text) => {
    const problem = problemOf(text);
    if (problem !== undefined) throw new InvalidArgumentError(problem);
    return text;
  };
}

const usernameProblem = (username: string): string | undefined =>
  USERNAME.test(username.normalize('NFKC')) ? undefined : `${USERNAME_RULE}.`;

const parseUsername = parserWith(usernameProblem);
const parseEmail = parserWith(emailProblem);

async function createUser(given: NewUserOptions, rights: Rights, options: ConnectionOptions): Promise<void> {
  if (given.username === undefined) assertTerminal('--username, --email and --password-stdin');
  await withTable(options, { changes: true }, async (table) => {
    const users = createUserRepository(table);
    const takenProblem = async (name: string): Promise<string | undefined> =>
      (await users.findAccount(name.normalize('NFKC'))) === undefined
        ? undefined
        : `The username ${name} is taken. Choose another.`;
    const validate = async (name: string) => usernameProblem(name) ?? takenProblem(name);
    const username = (given.username ?? (await ask('Username:', { validate }))).normalize('NFKC');
    const taken = await takenProblem(username);
    if (taken !== undefined) throw new CommandError(taken);
    const isAsked = given.email === undefined && given.username === undefined;
    const email = isAsked
      ? await ask('E-mail address (may be empty):', { isRequired: false, validate: emailProblem })
      : (given.email ?? '');
    const password = await readNewHash(given, { username, email });
    try {
      const id = await createNewRecords(table, Date.now).createUser({ username, email, password, ...rights });
      tell(`${username} was created with the id ${id}.`);
    } catch (error) {
      if (!(error instanceof UsernameTakenError)) throw error;
      throw new CommandError(`The username ${username} is taken. Choose another.`);
    }
  });
}

async function listUsers(table: Table, { json }: { json?: boolean }): Promise<void> {
  const convert = await datetimeConverter(table);
  const rows = [['id', 'username', 'e-mail', 'active', 'superuser', 'joined']];
  for await (const { id, username, email, isActive, isSuperuser, dateJoined } of allUsers(table)) {
    const joined = convert(dateJoined);
    if (json) {
      const flags = { is_active: isActive, is_superuser: isSuperuser };
      tell(printable(JSON.stringify({ id, username, email, ...flags, date_joined: joined })));
    } else {
      const flags = [isActive, isSuperuser].map((flag) => (flag ? 'yes' : 'no'));
      rows.push([String(id), username, email, ...flags, joined]);
    }
  }
  if (!json) tell(toTable(rows));
}
