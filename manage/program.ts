import type { Command } from 'commander';
import { stageOption } from '../deploy/stage-option.ts';
import { unknownSettingWarnings } from '../deploy/unknown-settings.ts';
import { unsupportedProblems } from '../deploy/unsupported-settings.ts';
import manifest from '../package.json' with { type: 'json' };
import { createProgram as createTool } from '../tools/kit/run.ts';
import { warn } from '../tools/kit/terminal.ts';
import { addDataCommands } from './commands/data.ts';
import { addPostCommands } from './commands/posts.ts';
import { addSecretCommands } from './commands/secret.ts';
import { addSessionCommands } from './commands/sessions.ts';
import { addUserCommands } from './commands/users.ts';
import { exampleOf } from './example.ts';

const EXIT_CODES = `
Exit codes: 0 done; 1 the command failed, was not confirmed, or left records out; 2 the arguments are not valid.`;

/** Warns about settings that have no effect. Unlike a deployment, a command continues: it reads few settings. */
function warnAboutSettings(): void {
  const { env } = process;
  for (const warning of [...unknownSettingWarnings(env), ...unsupportedProblems(env)]) warn(warning);
}

/** Creates the program with all commands. */
export function createProgram(): Command {
  const program = createTool(
    'npm run manage --',
    'Manage the users, sessions, posts and data of Latchkey, on this machine or on a deployed stage.',
  )
    .usage('<command> [options]')
    .version(manifest.version, '--version', 'print the version')
    .addOption(stageOption('use this deployed stage, with the AWS credentials of the environment'))
    .option('--yes', 'skip the confirmation before data is deleted or a stage is changed')
    .addHelpText('after', `${EXIT_CODES}\n${exampleOf('users list --stage prod')}`)
    // Commands inherit this when they are added, so each shows the two options above.
    .configureHelp({ showGlobalOptions: true })
    .hook('preAction', warnAboutSettings);
  addUserCommands(program);
  addSessionCommands(program);
  addPostCommands(program);
  addDataCommands(program);
  addSecretCommands(program);
  return program;
}
