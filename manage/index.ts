import { Command } from 'commander';
import { addDataCommands } from './commands/data.ts';
import { addPostCommands } from './commands/posts.ts';
import { addSecretCommands } from './commands/secret.ts';
import { addSessionCommands } from './commands/sessions.ts';
import { addUserCommands } from './commands/users.ts';
import { run } from './run.ts';

const program = new Command('manage')
  .description('Accounts, posts and data of Latchkey: of this machine, or of a deployed stage.')
  .usage('<command> [options]')
  .option('--stage <name>', 'the deployed stage to work on, with the AWS credentials of the environment')
  .showHelpAfterError('(--help explains)')
  .exitOverride();
addUserCommands(program);
addSessionCommands(program);
addPostCommands(program);
addDataCommands(program);
addSecretCommands(program);

await run(program);
