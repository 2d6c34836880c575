import { Command, CommanderError } from 'commander';
import { addDataCommands } from './commands/data.ts';
import { addPostCommands } from './commands/posts.ts';
import { addSecretCommands } from './commands/secret.ts';
import { addSessionCommands } from './commands/sessions.ts';
import { addUserCommands } from './commands/users.ts';
import { explain } from './failure.ts';
import { warn } from './terminal.ts';

const USAGE_EXIT_CODE = 2;

// The SDK warns on Node 20, which is supported here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

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

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  else {
    warn(explain(error));
    process.exitCode = 1;
  }
}
