import { Argument, type Command, InvalidArgumentError } from 'commander';
import { FUNCTIONS } from '../lib/settings/details.ts';
import { createProgram, run } from '../tools/kit/run.ts';
import { tell, warn } from '../tools/kit/terminal.ts';
import { runFramework } from './framework.ts';
import { DEFAULT_REGION } from './settings.ts';
import { stageOption } from './stage-option.ts';

interface StageOptions {
  readonly stage: string;
  readonly region?: string;
}

const program = createProgram('npm run', 'Deploy a stage to AWS and operate it. See docs/operations.md.')
  .usage('<command> -- --stage <name>')
  .addHelpText('after', '\nExample: npm run deploy -- --stage prod');

const stageCommand = (name: string, description: string, example: string): Command =>
  program
    .command(name)
    .description(description)
    .usage(`-- [options]${name === 'logs' ? ' <function>' : ''}`)
    .addOption(stageOption('the stage').default('dev'))
    .option('--region <name>', `the region; the default is AWS_REGION or ${DEFAULT_REGION}`, parseRegion)
    .addHelpText('after', `\nExample: npm run ${example}`);

const argumentsOf = ({ stage, region }: StageOptions): string[] => [
  ...['--stage', stage],
  ...(region === undefined ? [] : ['--region', region]),
];

const execute = async (args: readonly string[]): Promise<void> => {
  process.exitCode = await runFramework(args);
};

stageCommand(
  'package',
  'write the template and the artifacts to .serverless/, without any request to AWS',
  'package -- --stage prod',
).action((options: StageOptions) => execute(['package', ...argumentsOf(options)]));

stageCommand('deploy', 'package and deploy a stage if something has changed', 'deploy -- --stage prod')
  .option(
    '--force',
    'deploy even if nothing has changed; all functions restart and read the signing secret again',
  )
  .action(({ force, ...options }: StageOptions & { readonly force?: boolean }) =>
    execute(['deploy', ...argumentsOf(options), ...(force ? ['--force'] : [])]),
  );

stageCommand('info', 'print the URLs, functions and outputs of a stage', 'info -- --stage prod').action(
  (options: StageOptions) => execute(['info', ...argumentsOf(options)]),
);

interface LogOptions extends StageOptions {
  readonly tail?: boolean;
  readonly filter?: string;
  readonly since?: string;
}
stageCommand('logs', 'print the log of a function', 'logs -- obtain --stage prod --tail')
  .addArgument(new Argument('<function>', 'the function').choices(FUNCTIONS))
  .option('--tail', 'continue until Ctrl-C')
  .option('--filter <pattern>', 'print only events that match a CloudWatch filter pattern')
  .option('--since <time>', 'print events from this time on: 30m, 2h, 3d, or an ISO 8601 time', parseSince)
  .action((name: string, { tail, filter, since, ...options }: LogOptions) =>
    execute([
      ...['logs', '--function', name, ...argumentsOf(options)],
      ...(tail ? ['--tail'] : []),
      ...(filter === undefined ? [] : ['--filter', filter]),
      ...(since === undefined ? [] : ['--startTime', since]),
    ]),
  );

stageCommand(
  'rollback',
  'list the deployments of a stage, or deploy one of them again',
  'rollback -- --stage prod --to 1795698160331',
)
  .option('--to <timestamp>', 'the timestamp of a deployment in the list', parseTimestamp)
  .action(async ({ to, ...options }: StageOptions & { readonly to?: string }) => {
    if (to !== undefined) return execute(['rollback', '--timestamp', to, ...argumentsOf(options)]);
    await execute(['deploy', 'list', ...argumentsOf(options)]);
    if (process.exitCode === 0) {
      tell(
        `\nTo deploy one of them again, run: npm run rollback -- --stage ${options.stage} --to <timestamp>`,
      );
    }
  });

stageCommand(
  'remove',
  'remove the stack of a stage; keep the table, the secret, and the log role of API Gateway',
  'remove -- --stage prod',
)
  .option('--yes', 'skip the confirmation')
  .action(async ({ yes, ...options }: StageOptions & { readonly yes?: boolean }) => {
    if (!yes && !(await isConfirmed(options.stage))) {
      warn('Nothing was removed. Without a terminal, pass --yes.');
      process.exitCode = 1;
      return;
    }
    await execute(['remove', ...argumentsOf(options)]);
  });

/** @throws {InvalidArgumentError} The framework would print the list of all regions. */
function parseRegion(text: string): string {
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(text)) return text;
  throw new InvalidArgumentError(`A region is a name such as ${DEFAULT_REGION}.`);
}

/** @throws {InvalidArgumentError} The framework would print a stack trace. */
function parseTimestamp(text: string): string {
  if (/^\d{13}$/.test(text)) return text;
  throw new InvalidArgumentError('A timestamp has 13 digits. List the deployments with: npm run rollback');
}

/** @throws {InvalidArgumentError} */
function parseSince(text: string): string {
  if (/^\d+[smhd]$/.test(text) || (/^\d{4}/.test(text) && !Number.isNaN(Date.parse(text)))) return text;
  throw new InvalidArgumentError('A time is 30m, 2h, 3d, or in ISO 8601, such as 2026-05-01T12:00:00Z.');
}

async function isConfirmed(stage: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const { confirm } = await import('@inquirer/prompts');
  const message = `Remove the stage ${stage}? Its API stops responding. Its table and its secret are kept.`;
  return confirm({ message, default: false }, { output: process.stderr }).catch(() => false);
}

await run(program);
