import { Command } from 'commander';
import { stageOption } from '../deploy/stage-option.ts';
import manifest from '../package.json' with { type: 'json' };
import { addDataCommands } from './commands/data.ts';
import { addPostCommands } from './commands/posts.ts';
import { addSecretCommands } from './commands/secret.ts';
import { addSessionCommands } from './commands/sessions.ts';
import { addUserCommands } from './commands/users.ts';

/** Creates the command line with all its commands. */
export function createProgram(): Command {
  const program = new Command('manage')
    .description('Accounts, posts and data of Latchkey: of this machine, or of a deployed stage.')
    .usage('<command> [options]')
    .version(manifest.version, '--version', 'print the version')
    .addOption(stageOption('work on this deployed stage, with the AWS credentials of the environment'))
    .option('--yes', 'do not ask before data is deleted or a stage is changed')
    .showHelpAfterError('(--help explains)')
    // Commands inherit this when they are added: each shows the two options above.
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  addUserCommands(program);
  addSessionCommands(program);
  addPostCommands(program);
  addDataCommands(program);
  addSecretCommands(program);
  return program;
}
